// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/plots/curve.h"
#include "ui/plots/outliers.h"
#include "ui/plots/numbers.h"

#include <QObject>
#include <optional>

namespace distill::ui {

/// How several plots look at the same runs: they share the horizontal axis and its range, the cursor and the smoothing.
class PlotView : public QObject {
    Q_OBJECT

public:
    using QObject::QObject;

    XAxis axis() const { return m_axis; }
    bool logX() const { return m_logX; }
    bool logY() const { return m_logY; }
    bool clipsOutliers() const { return m_clipsOutliers; }
    double smoothing() const { return m_smoothing; }
    bool showsEvents() const { return m_showsEvents; }
    const Range& range() const { return m_range; }
    bool follows() const { return m_follows; } ///< false since the person zoomed or panned
    std::optional<double> cursor() const { return m_cursor; }
    const std::string& metric() const { return m_metric; } ///< series that runs along, of XAxis::Metric

    QString axisTitle() const;
    Numbers axisNumbers() const;
    QString placeText(double x) const; ///< "step 1,200"

    void setAxis(XAxis axis);
    /// Along the values of another series of the same run: each plot's curves bring them.
    void setMetric(const std::string& series, const QString& title, Numbers numbers);
    void setLogX(bool on);
    void setLogY(bool on);
    void setClipsOutliers(bool on);
    void setSmoothing(double weight);
    void setShowsEvents(bool on);
    void setCursor(std::optional<double> x);

    /// The person's zoom or pan; ends following.
    void setRange(const Range& range);
    /// Shows everything and follows what comes.
    void fit();
    /// What there is to show on the axis. While live the range grows a fifth at a time, so that most updates need no
    /// new axis; `firstPositive` is where a logarithmic axis begins. Returns whether the range moved.
    bool setExtent(const Range& extent, double firstPositive, bool live);

Q_SIGNALS:
    void changed(); ///< anything that needs the curves drawn anew
    void cursorMoved();
    void fitted(); ///< vertical ranges are to be found anew, too

private:
    template <class T> void set(T& member, T value);
    bool place();

    void beginAnew();

    XAxis m_axis = XAxis::Step;
    std::string m_metric;
    QString m_metricTitle;
    Numbers m_metricNumbers = Numbers::Plain;
    bool m_logX = false;
    bool m_logY = false;
    bool m_clipsOutliers = true;
    bool m_showsEvents = true;
    double m_smoothing = 0.9;
    Range m_range;
    Range m_extent;
    double m_firstPositive = 1;
    bool m_live = false;
    bool m_follows = true;
    std::optional<double> m_cursor;
};

} // namespace distill::ui
