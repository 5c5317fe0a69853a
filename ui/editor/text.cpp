// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/editor/text.h"

#include <QCoreApplication>
#include <QLocale>
#include <QRegularExpression>
#include <QStringDecoder>
#include <cmath>

namespace distill::ui {

namespace {

QString tr(const char* text)
{
    return QCoreApplication::translate("distill::ui::Editor", text);
}

} // namespace

QString titleOf(const std::string& key)
{
    QString title = QString::fromStdString(key).replace(u'_', u' ');
    if (!title.isEmpty()) {
        title[0] = title[0].toUpper();
    }
    return title;
}

QString labelOf(const Field& field)
{
    return field.key.empty() ? tr("Kind") : titleOf(field.key);
}

QString itemTitleOf(const Field& list)
{
    if (list.key == "objective") {
        return tr("Term");
    }
    QString title = titleOf(list.key);
    if (title.endsWith(u's')) {
        title.chop(1);
    }
    return title;
}

QString shortText(const Json& value)
{
    if (value.is_number_float()) {
        static const QRegularExpression zeros(QStringLiteral("e([+-])0*(?=[0-9])"));
        return QString::number(value.get<double>(), 'g', QLocale::FloatingPointShortest)
            .replace(zeros, QStringLiteral("e\\1"))
            .replace(QStringLiteral("e+"), QStringLiteral("e"));
    }
    if (value.is_string()) {
        return QString::fromStdString(value.get<std::string>());
    }
    return value.is_null() ? QString() : QString::fromStdString(value.dump());
}

Json numberFrom(const QString& typed, bool integer)
{
    const QString text = typed.trimmed();
    bool whole = false;
    const qlonglong number = text.toLongLong(&whole);
    if (whole) {
        return static_cast<std::int64_t>(number);
    }
    bool real = false;
    const double value = text.toDouble(&real);
    if (!real || !std::isfinite(value)) {
        return text.toStdString();
    }
    if (integer && value == std::floor(value) && std::abs(value) < 9e15) {
        return static_cast<std::int64_t>(value);
    }
    return value;
}

bool isUnfinishedNumber(const QString& typed)
{
    const QString text = typed.trimmed();
    if (text.isEmpty() || text == u"-" || text == u"+" || text == u"." || text == u"-.") {
        return true;
    }
    const qsizetype e = text.indexOf(u'e', 0, Qt::CaseInsensitive);
    if (e <= 0) {
        return false;
    }
    bool mantissa = false;
    text.left(e).toDouble(&mantissa);
    const QString rest = text.mid(e + 1);
    return mantissa && (rest.isEmpty() || rest == u"-" || rest == u"+");
}

QString countText(double value)
{
    const QLocale locale;
    if (value < 1e6) {
        return locale.toString(static_cast<qlonglong>(value));
    }
    const bool billions = value >= 1e9;
    const double scaled = value / (billions ? 1e9 : 1e6);
    const int digits = scaled < 10 ? 2 : scaled < 100 ? 1 : 0;
    return (billions ? tr("%1 G") : tr("%1 M")).arg(locale.toString(scaled, 'f', digits));
}

bool decode(const QByteArray& bytes, QString& text)
{
    QStringDecoder decoder(QStringDecoder::Utf8,
                           QStringDecoder::Flag::Stateless | QStringDecoder::Flag::ConvertInitialBom);
    text = decoder(bytes);
    return !decoder.hasError() && text.toUtf8() == bytes;
}

std::string childPointer(const std::string& pointer, const std::string& key)
{
    std::string escaped;
    for (const char c : key) {
        escaped += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
    }
    return pointer + "/" + escaped;
}

std::string parentPointer(const std::string& pointer)
{
    const auto slash = pointer.rfind('/');
    return slash == std::string::npos ? std::string() : pointer.substr(0, slash);
}

} // namespace distill::ui
