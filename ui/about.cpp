// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/about.h"

#include "ui/session.h"

#include <QClipboard>
#include <QDialogButtonBox>
#include <QGuiApplication>
#include <QIcon>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

namespace distill::ui {

AboutDialog::AboutDialog(Session& session, QWidget* parent)
    : QDialog(parent)
{
    setWindowTitle(tr("About Distill Workbench"));
    auto* const icon = new QLabel(this);
    icon->setPixmap(QIcon(QStringLiteral(":/distill-workbench.svg")).pixmap(QSize(72, 72), devicePixelRatioF()));
    auto* const title = new QLabel(tr("Distill Workbench %1").arg(QStringLiteral(DISTILL_VERSION)), this);
    QFont large = title->font();
    large.setPointSizeF(large.pointSizeF() * 1.5);
    large.setBold(true);
    title->setFont(large);

    auto* const text = new QLabel(this);
    text->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    text->setWordWrap(true);
    text->setTextFormat(Qt::PlainText);
    const auto describe = [qt = QString::fromLatin1(qVersion()),
                           workspace = QString::fromStdString(session.history()->workspace())](const QString& machine) {
        return tr("Knowledge distillation with curves you can watch.\n\nQt %1, %2\nWorkspace: %3\n\n"
                  "Free software under the GNU General Public License, version 3 or later. It comes without any "
                  "warranty.\n"
                  "Built on Qt, QCustomPlot, LibTorch, SQLite, nlohmann/json and the Breeze icons.")
            .arg(qt, machine, workspace);
    };
    text->setText(describe(tr("looking at the machine\u2026")));
    session.read<QString>(
        this, [](const History&) { return QString::fromStdString(machine().sentence()); },
        [text, describe](const QString& machine) { text->setText(describe(machine)); });

    auto* const buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
    QPushButton* const copy = buttons->addButton(tr("&Copy"), QDialogButtonBox::ActionRole);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    connect(copy, &QPushButton::clicked, this,
            [title, text] { QGuiApplication::clipboard()->setText(title->text() + QLatin1Char('\n') + text->text()); });

    auto* const words = new QVBoxLayout;
    words->addWidget(title);
    words->addWidget(text, 1);
    auto* const top = new QHBoxLayout;
    top->setSpacing(18);
    top->addWidget(icon, 0, Qt::AlignTop);
    top->addLayout(words, 1);
    auto* const layout = new QVBoxLayout(this);
    layout->addLayout(top, 1);
    layout->addWidget(buttons);
    setMinimumWidth(fontMetrics().averageCharWidth() * 78);
}

} // namespace distill::ui
