// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QSyntaxHighlighter>
#include <QTextCharFormat>

namespace distill::ui {

/// Colours keys, strings, numbers and words of JSON, after the palette.
class JsonHighlighter : public QSyntaxHighlighter {
    Q_OBJECT

public:
    JsonHighlighter(QTextDocument* document, const QPalette& palette);
    void setPalette(const QPalette& palette);

protected:
    void highlightBlock(const QString& text) override;

private:
    void makeFormats(const QPalette& palette);

    QTextCharFormat m_key, m_string, m_number, m_word;
};

} // namespace distill::ui
