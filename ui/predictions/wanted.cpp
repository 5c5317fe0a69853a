// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/predictions/source.h"

namespace distill::ui {

PredictionSource::KeepGoing Wanted::begin()
{
    end();
    m_flag = std::make_shared<std::atomic<bool>>(true);
    return [flag = m_flag] { return flag->load(); };
}

void Wanted::end()
{
    if (m_flag) {
        m_flag->store(false);
    }
}

} // namespace distill::ui
