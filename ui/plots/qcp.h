// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#pragma GCC system_header

// QCustomPlot 2.1 spells Qt's keywords, which QT_NO_KEYWORDS and QT_NO_FOREACH take away. Only this file includes it.
#include <QtGlobal>

#ifdef QT_NO_KEYWORDS
#define signals Q_SIGNALS
#define slots Q_SLOTS
#endif
#if defined(QT_NO_KEYWORDS) || defined(QT_NO_FOREACH)
#define foreach(variable, container) for (variable : container)
#endif

#include <qcustomplot.h>

#ifdef QT_NO_KEYWORDS
#undef signals
#undef slots
#endif
#if defined(QT_NO_KEYWORDS) || defined(QT_NO_FOREACH)
#undef foreach
#endif
