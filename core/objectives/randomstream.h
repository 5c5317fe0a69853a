// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/module.h"

namespace distill {

/// Random numbers of an objective's own, which a resumed run continues. Its state is a buffer "state" of three whole numbers
/// below 2^24: two keys a and b, drawn once from the run's generator, and the number of draws. (They are floating-point like
/// whatever else a module keeps, and exact as such.) Number i of a draw is
///     mix(mix(i + k) + mix(b xor k)),  k = mix(a + draws)
/// modulo 2^32, mix the one in the .cpp file. So it is computed where the state lies, without a value read back, and alike on
/// every device. After 2^24 draws it repeats.
class RandomStream : public Module {
public:
    explicit RandomStream(at::Generator& generator);
    at::Tensor draw(std::int64_t count);                   ///< int64 [count], uniform in 0 ... 2^32 - 1
    at::Tensor uniform(std::int64_t rows, std::int64_t columns); ///< float64 in [0, 1), the draw's numbers / 2^32
    at::Tensor forward(const at::Tensor& input, Forward& pass) override; ///< never called

private:
    at::Tensor& m_state;
};

} // namespace distill
