// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/dataset.h"
#include "engine/engine.h"
#include "models/model.h"
#include "objectives/objective.h"

namespace distill {

const Schema& schema()
{
    static const Schema instance(Catalogue{datasetKinds(), modelKinds(), objectiveKinds()});
    return instance;
}

} // namespace distill
