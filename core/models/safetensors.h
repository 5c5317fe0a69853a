// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/ATen.h>
#include <map>
#include <string>

namespace distill {

/// https://github.com/huggingface/safetensors: 8 bytes of little-endian header length, a JSON header, the tensors'
/// bytes.
struct TensorFile {
    std::map<std::string, at::Tensor> tensors;
    std::map<std::string, std::string> metadata;
};

/// Reads a whole file (F64 F32 F16 BF16 I64 I32 I16 I8 U8 BOOL), on the CPU. Throws InputError for a file that is
/// missing, truncated, over-long, has overlapping or out-of-range offsets, a header that is no JSON, an unknown type.
TensorFile readSafetensors(const std::string& path);
/// Writes to a temporary name in the same folder, syncs, renames: the file is either the old or the new one.
/// Throws std::runtime_error (one sentence) where it cannot, a full disk included.
void writeSafetensors(const std::string& path, const TensorFile& file);

/// The same care for any bytes; shared by everything that must survive kill -9.
void writeFileAtomically(const std::string& path, std::string_view bytes);

} // namespace distill
