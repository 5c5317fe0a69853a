// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QKeySequence>
#include <QObject>

class QAction;
class QMenu;
class QToolBar;

namespace distill::ui {

class MainWindow;

/// Menu bar and tool bar of the window.
class MainMenu : public QObject {
    Q_OBJECT

public:
    explicit MainMenu(MainWindow& window);

    QAction* start;
    QAction* sideBySide;
    QToolBar* bar;

private:
    QAction* make(QMenu* menu, const QString& text, const QString& icon = {}, const QKeySequence& shortcut = {});
    void file();
    void edit();
    void run();
    void view();
    void help();
    void readyMade(QMenu* menu);
    void putAside(QMenu* menu);
    void tools();

    MainWindow& m_window;
    QAction* m_welcome = nullptr;
};

} // namespace distill::ui
