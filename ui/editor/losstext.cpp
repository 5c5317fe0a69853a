// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/editor/losstext.h"

#include "ui/theme.h"

#include <QEvent>
#include <QFontDatabase>
#include <QLabel>
#include <QVBoxLayout>

namespace distill::ui {

LossText::LossText(QWidget* parent)
    : QWidget(parent)
    , m_caption(new QLabel(tr("The loss with these numbers")))
    , m_text(new QLabel)
{
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(8, 4, 0, 0);
    layout->setSpacing(2);
    layout->addWidget(m_caption);
    layout->addWidget(m_text);
    QFont small = font();
    small.setPointSizeF(small.pointSizeF() * 0.92);
    m_caption->setFont(small);
    QFont fixed = QFontDatabase::systemFont(QFontDatabase::FixedFont);
    fixed.setPointSizeF(small.pointSizeF());
    m_text->setFont(fixed);
    m_text->setObjectName(QStringLiteral("loss"));
    m_text->setWordWrap(true);
    m_text->setTextFormat(Qt::RichText);
    m_text->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_text->setAccessibleName(m_caption->text());
    hide();
}

void LossText::setLines(const std::vector<std::string>& lines)
{
    QStringList fresh;
    for (const std::string& line : lines) {
        fresh << QString::fromStdString(line);
    }
    const bool stale = fresh.isEmpty();
    if (stale == m_stale && (stale || fresh == m_lines)) {
        return;
    }
    m_stale = stale;
    if (!stale) {
        m_lines = fresh;
    }
    setVisible(!m_lines.isEmpty());
    showLines();
}

void LossText::showLines()
{
    const QColor muted = Theme::muted(palette());
    for (QLabel* label : {m_caption, m_text}) {
        const QColor colour = label == m_caption || m_stale ? muted : palette().color(QPalette::WindowText);
        QPalette colours = label->palette();
        if (colours.color(QPalette::WindowText) != colour) {
            colours.setColor(QPalette::WindowText, colour);
            label->setPalette(colours);
        }
    }
    // What does not fit into a line goes on further in.
    QString html;
    for (const QString& line : m_lines) {
        html += QStringLiteral("<p style=\"margin: 0 0 2px 22px; text-indent: -22px\">%1</p>").arg(line.toHtmlEscaped());
    }
    m_text->setText(html);
    m_text->setAccessibleDescription(text());
}

void LossText::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange) {
        showLines();
    }
}

} // namespace distill::ui
