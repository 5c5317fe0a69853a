// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/runs/runfilter.h"

#include <QCoreApplication>
#include <algorithm>
#include <cmath>
#include <iterator>
#include <optional>

using namespace Qt::StringLiterals;

namespace distill::ui {

namespace {

QString folded(std::string_view text)
{
    return QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size())).toCaseFolded();
}

QString sentence(const char* text)
{
    return QCoreApplication::translate("RunFilter", text);
}

/// "0.9", "90%", "10m": shares as they are or in percent, times in seconds, minutes or hours.
std::optional<double> number(QStringView text)
{
    double factor = 1;
    if (!text.isEmpty()) {
        switch (text.back().unicode()) {
        case '%':
            factor = 0.01;
            break;
        case 's':
            break;
        case 'm':
            factor = 60;
            break;
        case 'h':
            factor = 3600;
            break;
        default:
            factor = 0;
        }
        if (factor != 0) {
            text.chop(1);
        } else {
            factor = 1;
        }
    }
    bool valid = false;
    const double value = text.toDouble(&valid);
    return valid ? std::optional(value * factor) : std::nullopt;
}

} // namespace

RunFilter RunFilter::parse(const QString& text)
{
    RunFilter filter;
    qsizetype at = 0;
    while (at < text.size()) {
        if (text[at].isSpace()) {
            ++at;
            continue;
        }
        bool negated = false;
        if (text[at] == u'-' && at + 1 < text.size() && !text[at + 1].isSpace()) {
            negated = true;
            ++at;
        }
        QString part;
        bool quoted = false;
        for (; at < text.size() && (quoted || !text[at].isSpace()); ++at) {
            if (text[at] == u'"') {
                quoted = !quoted;
            } else {
                part += text[at];
            }
        }
        if (!part.isEmpty()) {
            filter.add(part, negated);
        }
    }
    return filter;
}

void RunFilter::add(QStringView part, bool negated)
{
    struct Key {
        QStringView name;
        Subject subject;
    };
    static constexpr Key keys[] = {
        {u"name", Subject::Name},           {u"tag", Subject::Tag},         {u"state", Subject::State},
        {u"role", Subject::Role},           {u"student", Subject::Student}, {u"teacher", Subject::Teacher},
        {u"model", Subject::Model},         {u"notes", Subject::Notes},     {u"id", Subject::Id},
        {u"accuracy", Subject::Best},       {u"best", Subject::Best},       {u"last", Subject::Last},
        {u"agreement", Subject::Agreement}, {u"time", Subject::Seconds},    {u"seed", Subject::Seed},
    };

    const auto* const sign = std::find_if(part.begin(), part.end(), [](QChar c) {
        return c == u':' || c == u'<' || c == u'>' || c == u'=' || c == u'!';
    });
    if (sign == part.end()) {
        m_parts.push_back({Subject::Any, Comparison::Contains, negated, part.toString().toCaseFolded(), 0});
        return;
    }
    const qsizetype signAt = sign - part.begin();
    const QStringView name = part.left(signAt);
    const QChar first = *sign;
    qsizetype signLength = 1;
    if (signAt + 1 < part.size() && part[signAt + 1] == u'=' && first != u':') {
        signLength = 2;
    }
    const QStringView value = part.mid(signAt + signLength);

    const Key* const key = std::find_if(std::begin(keys), std::end(keys), [&](const Key& candidate) {
        return name.compare(candidate.name, Qt::CaseInsensitive) == 0;
    });
    if (key == std::end(keys)) {
        QStringList known;
        for (const Key& candidate : keys) {
            known << candidate.name.toString();
        }
        m_problem = sentence("\u201c%1\u201d is no column; known are %2.").arg(name, known.join(", "_L1));
        return;
    }
    if (value.isEmpty()) {
        m_problem = sentence("Give a value after \u201c%1\u201d.").arg(part);
        return;
    }

    Part condition{key->subject, Comparison::Equal, negated, value.toString().toCaseFolded(), 0};
    if (key->subject < Subject::Best) {
        if (first == u'<' || first == u'>') {
            m_problem = sentence("\u201c%1\u201d holds text: write %1:%2.").arg(name, value);
            return;
        }
        condition.comparison = Comparison::Contains;
        condition.negated = negated != (first == u'!');
    } else {
        const std::optional<double> parsed = number(value);
        if (!parsed) {
            m_problem
                = sentence("\u201c%1\u201d needs a number, such as %1>0.9; \u201c%2\u201d is none.").arg(name, value);
            return;
        }
        condition.number = *parsed;
        const bool orEqual = signLength == 2;
        if (first == u'<') {
            condition.comparison = orEqual ? Comparison::LessOrEqual : Comparison::Less;
        } else if (first == u'>') {
            condition.comparison = orEqual ? Comparison::GreaterOrEqual : Comparison::Greater;
        } else if (first == u'!') {
            condition.comparison = Comparison::NotEqual;
        }
    }
    m_parts.push_back(std::move(condition));
}

QString RunFilter::searchText(const RunRow& row)
{
    QString text;
    const auto append = [&](const std::string& part) {
        text += QString::fromStdString(part);
        text += u'\n';
    };
    append(row.name);
    for (const std::string& tag : row.tags) {
        append(tag);
    }
    append(row.studentModel);
    append(row.teacherModel);
    append(nameOf(row.state));
    append(nameOf(row.role));
    append(row.id);
    return text.toCaseFolded();
}

bool RunFilter::accepts(const RunRow& row, const QString& searchText) const
{
    return std::all_of(m_parts.begin(), m_parts.end(),
                       [&](const Part& part) { return matches(part, row, searchText) != part.negated; });
}

bool RunFilter::matches(const Part& part, const RunRow& row, const QString& searchText)
{
    const auto holds = [&](const std::string& text) { return folded(text).contains(part.text); };
    double figure = 0;
    switch (part.subject) {
    case Subject::Any:
        return searchText.contains(part.text);
    case Subject::Name:
        return holds(row.name);
    case Subject::Tag:
        return std::any_of(row.tags.begin(), row.tags.end(), holds);
    case Subject::State:
        return folded(nameOf(row.state)).startsWith(part.text);
    case Subject::Role:
        return folded(nameOf(row.role)).startsWith(part.text);
    case Subject::Student:
        return holds(row.studentModel);
    case Subject::Teacher:
        return holds(row.teacherModel);
    case Subject::Model:
        return holds(row.studentModel) || holds(row.teacherModel);
    case Subject::Notes:
        return holds(row.notes);
    case Subject::Id:
        return holds(row.id);
    case Subject::Best:
        figure = row.figures.bestAccuracy;
        break;
    case Subject::Last:
        figure = row.figures.lastAccuracy;
        break;
    case Subject::Agreement:
        figure = row.figures.agreement;
        break;
    case Subject::Seconds:
        figure = row.figures.seconds;
        break;
    case Subject::Seed:
        figure = static_cast<double>(row.seed);
        break;
    }
    // A figure that is not known yet meets no condition.
    if (std::isnan(figure)) {
        return false;
    }
    switch (part.comparison) {
    case Comparison::Less:
        return figure < part.number;
    case Comparison::LessOrEqual:
        return figure <= part.number;
    case Comparison::GreaterOrEqual:
        return figure >= part.number;
    case Comparison::Greater:
        return figure > part.number;
    case Comparison::NotEqual:
        return figure != part.number;
    case Comparison::Equal:
    case Comparison::Contains:
        break;
    }
    return figure == part.number;
}

} // namespace distill::ui
