// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/editor/layerpairs.h"

#include "ui/editor/text.h"

#include <QCoreApplication>

namespace distill::ui {

namespace {

QString tr(const char* text)
{
    return QCoreApplication::translate("distill::ui::LayerPicker", text);
}

/// A field's value as the document has it, or its default; null for a field that the term has not.
const Json* valueOf(const Draft& draft, const std::string& pointer)
{
    const Field* field = draft.schema().find(draft.json(), pointer);
    const Json* held = draft.valueAt(pointer);
    return !field ? nullptr : held ? held : &field->defaultValue;
}

QStringList namesIn(const Json& value)
{
    QStringList names;
    if (value.is_string()) {
        names << shortText(value);
    } else if (value.is_array()) {
        for (const Json& item : value) {
            names << shortText(item);
        }
    }
    return names;
}

Json listOf(const QStringList& names)
{
    Json list = Json::array();
    for (const QString& name : names) {
        list.push_back(name.toStdString());
    }
    return list;
}

} // namespace

qsizetype LayerPairs::indexOf(const QString& studentLayer, const QString& teacherLayer) const
{
    for (qsizetype i = 0; i < size(); ++i) {
        if (student[i] == studentLayer && teacher[i] == teacherLayer) {
            return i;
        }
    }
    return -1;
}

LayerPairs LayerPairs::with(const QString& studentLayer, const QString& teacherLayer, const QStringList& order) const
{
    if (!several) {
        return {false, {studentLayer}, {teacherLayer}};
    }
    LayerPairs pairs{true, student.first(size()), teacher.first(size())};
    if (indexOf(studentLayer, teacherLayer) < 0) {
        qsizetype place = 0;
        while (place < pairs.size() && order.indexOf(pairs.student[place]) <= order.indexOf(studentLayer)) {
            ++place;
        }
        pairs.student.insert(place, studentLayer);
        pairs.teacher.insert(place, teacherLayer);
    }
    return pairs;
}

LayerPairs LayerPairs::without(qsizetype index) const
{
    LayerPairs pairs{several, student.first(size()), teacher.first(size())};
    pairs.student.removeAt(index);
    pairs.teacher.removeAt(index);
    return pairs;
}

std::optional<LayerPairs> layerPairsOf(const Draft& draft, const std::string& term)
{
    for (const bool several : {false, true}) {
        const std::string ending = several ? "_taps" : "_tap";
        const Json* student = valueOf(draft, childPointer(term, "student" + ending));
        const Json* teacher = valueOf(draft, childPointer(term, "teacher" + ending));
        if (student && teacher) {
            return LayerPairs{several, namesIn(*student), namesIn(*teacher)};
        }
    }
    return std::nullopt;
}

void setLayerPairs(Draft& draft, const std::string& term, const LayerPairs& pairs)
{
    const auto value = [&](const QStringList& names) {
        return pairs.several ? listOf(names) : Json(names.value(0).toStdString());
    };
    const std::string ending = pairs.several ? "_taps" : "_tap";
    draft.setValues({{term + "/student" + ending, value(pairs.student)}, {term + "/teacher" + ending, value(pairs.teacher)}},
                      tr("Pair layers"));
}

} // namespace distill::ui
