// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/editor/jsonhighlighter.h"

#include "ui/theme.h"

#include <QPalette>
#include <QRegularExpression>

namespace distill::ui {

JsonHighlighter::JsonHighlighter(QTextDocument* document, const QPalette& palette)
    : QSyntaxHighlighter(document)
{
    makeFormats(palette);
}

void JsonHighlighter::setPalette(const QPalette& palette)
{
    const QColor before = m_key.foreground().color();
    makeFormats(palette);
    if (m_key.foreground().color() != before) {
        rehighlight();
    }
}

void JsonHighlighter::makeFormats(const QPalette& palette)
{
    const bool dark = Theme::darkPalette(palette);
    m_key.setForeground(dark ? QColor(0x7c, 0xb7, 0xff) : QColor(0x0b, 0x4f, 0x9e));
    m_string.setForeground(dark ? QColor(0x9c, 0xd6, 0x8f) : QColor(0x1f, 0x6b, 0x2a));
    m_number.setForeground(dark ? QColor(0xf0, 0xb0, 0x6a) : QColor(0x96, 0x46, 0x00));
    m_word.setForeground(dark ? QColor(0xd9, 0xa6, 0xf0) : QColor(0x75, 0x2b, 0x96));
    m_key.setFontWeight(QFont::DemiBold);
}

void JsonHighlighter::highlightBlock(const QString& text)
{
    static const QRegularExpression token(QStringLiteral(
        R"re((?<string>"(?:[^"\\]|\\.)*"?)(?<colon>\s*:)?|(?<number>-?\d[\d.eE+-]*)|(?<word>\b(?:true|false|null)\b))re"));
    for (auto matches = token.globalMatch(text); matches.hasNext();) {
        const QRegularExpressionMatch match = matches.next();
        if (match.capturedLength(u"string") > 0) {
            setFormat(static_cast<int>(match.capturedStart(u"string")),
                      static_cast<int>(match.capturedLength(u"string")),
                      match.capturedLength(u"colon") > 0 ? m_key : m_string);
        } else {
            setFormat(static_cast<int>(match.capturedStart()), static_cast<int>(match.capturedLength()),
                      match.capturedLength(u"number") > 0 ? m_number : m_word);
        }
    }
}

} // namespace distill::ui
