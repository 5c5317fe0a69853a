// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/predictions/sampledetail.h"

#include "ui/format.h"
#include "ui/predictions/look.h"
#include "ui/predictions/softbars.h"
#include "ui/predictions/temperature.h"
#include "ui/theme.h"

#include <QBoxLayout>
#include <QCheckBox>
#include <QIcon>
#include <QKeyEvent>
#include <QLabel>
#include <QLocale>
#include <QPainter>
#include <QToolButton>
#include <algorithm>
#include <cmath>

namespace distill::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr std::int64_t mostValues = 12;

/// "0.31; -1.2": what the sample consists of, or its beginning.
QString valuesOf(const TestSet& test, std::size_t sample)
{
    QStringList values;
    for (std::int64_t i = 0; i < std::min(test.channels, mostValues); ++i) {
        values << QLocale().toString(test.rows[sample * static_cast<std::size_t>(test.channels) + static_cast<std::size_t>(i)],
                                     'g', 4);
    }
    return values.join(u"; "_s) + (test.channels > mostValues ? u"; \u2026"_s : QString());
}

} // namespace

class SampleDetail::Picture : public QWidget {
public:
    void setPicture(const QImage& picture)
    {
        m_picture = picture;
        setVisible(!picture.isNull());
        update();
    }
    QSize sizeHint() const override { return {144, 144}; }
    QSize minimumSizeHint() const override { return {72, 72}; }

protected:
    void paintEvent(QPaintEvent*) override
    {
        QPainter painter(this);
        drawPicture(painter, rect(), m_picture);
    }

private:
    QImage m_picture;
};

SampleDetail::SampleDetail(QWidget* parent)
    : QWidget(parent)
    , m_layout(new QBoxLayout(QBoxLayout::TopToBottom, this))
    , m_left(new QVBoxLayout)
    , m_title(new QLabel)
    , m_enlarge(new QToolButton)
    , m_picture(new Picture)
    , m_values(new QLabel)
    , m_choices(new QLabel)
    , m_bars(new SoftBars)
    , m_distance(new QLabel)
    , m_temperature(new Temperature(Temperature::Shape::Narrow))
    , m_logarithmic(new QCheckBox(tr("&Logarithmic")))
{
    setObjectName(u"sampleDetail"_s);
    setAccessibleName(tr("The chosen sample"));
    setFocusPolicy(Qt::ClickFocus);
    m_title->setTextFormat(Qt::PlainText);
    m_choices->setTextFormat(Qt::RichText);
    m_choices->setWordWrap(true);
    m_distance->setTextFormat(Qt::PlainText);
    m_values->setTextFormat(Qt::PlainText);
    m_values->setWordWrap(true);
    m_values->setForegroundRole(QPalette::PlaceholderText);
    m_enlarge->setAutoRaise(true);
    m_enlarge->setIcon(QIcon::fromTheme(u"view-fullscreen"_s));
    m_logarithmic->setToolTip(tr("Bars from a millionth to 1: what the largest probabilities hide shows"));
    m_picture->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);

    auto* const head = new QHBoxLayout;
    head->addWidget(m_title, 1);
    head->addWidget(m_enlarge);
    m_left->addLayout(head);
    m_left->addWidget(m_picture, 1);
    m_left->addWidget(m_values);
    m_left->addWidget(m_choices);
    auto* const under = new QHBoxLayout;
    under->addWidget(m_distance, 1);
    under->addWidget(m_logarithmic);
    auto* const right = new QVBoxLayout;
    right->addWidget(m_bars, 1);
    right->addLayout(under);
    right->addWidget(m_temperature);
    m_layout->setContentsMargins(8, 4, 8, 6);
    m_layout->addLayout(m_left, 2);
    m_layout->addLayout(right, 3);

    connect(m_temperature, &Temperature::valueChanged, m_bars, &SoftBars::setTemperature);
    connect(m_logarithmic, &QCheckBox::toggled, m_bars, &SoftBars::setLogarithmic);
    connect(m_bars, &SoftBars::changed, this, &SampleDetail::describeBars);
    connect(m_enlarge, &QToolButton::clicked, this, [this] { Q_EMIT enlargeRequested(!m_enlarged); });
    setEnlarged(false);
}

void SampleDetail::setSample(std::shared_ptr<const PredictionSet> set, std::optional<std::int32_t> sample)
{
    m_set = std::move(set);
    m_sample = sample;
    m_bars->setSample(m_set, m_sample);
    describe();
}

void SampleDetail::setEnlarged(bool on)
{
    m_enlarged = on;
    m_layout->setDirection(on ? QBoxLayout::LeftToRight : QBoxLayout::TopToBottom);
    m_layout->setSpacing(on ? 24 : 6);
    QFont plain = font();
    plain.setPointSizeF(plain.pointSizeF() * (on ? 1.4 : 1)); // to be read from the last row
    QFont bold = plain;
    bold.setBold(true);
    m_title->setFont(bold);
    m_choices->setFont(plain);
    m_bars->setFont(plain);
    m_distance->setFont(plain);
    m_enlarge->setIcon(QIcon::fromTheme(on ? u"view-restore"_s : u"view-fullscreen"_s));
    m_enlarge->setToolTip(on ? tr("Back to the samples (Esc)") : tr("Enlarge (Enter in the samples)"));
    m_enlarge->setAccessibleName(on ? tr("Back to the samples") : tr("Enlarge"));
}

void SampleDetail::describe()
{
    if (!m_set || !m_sample) {
        m_title->setText(tr("No sample chosen"));
        m_choices->clear();
        m_values->clear();
        m_picture->setPicture({});
        return;
    }
    const auto sample = static_cast<std::size_t>(*m_sample);
    m_title->setText(tr("%1 \u00b7 sample %2").arg(m_set->className(m_set->test->labels[sample]), stepsText(*m_sample)));
    const bool pictures = !m_set->test->images.empty();
    m_picture->setPicture(pictures ? pictureOf(*m_set->test, *m_sample) : QImage());
    m_layout->setStretchFactor(m_left, pictures || m_enlarged ? 2 : 0);
    m_values->setVisible(!pictures);
    m_values->setText(pictures ? QString() : valuesOf(*m_set->test, sample));
    const auto line = [&](const NetworkAnswers& network, const QColor& colour) {
        const bool known = m_set->test->labels[sample] >= 0;
        const bool right = m_set->isRight(network, sample);
        const QColor mark = right ? Theme::good(palette()) : Theme::bad(palette());
        const QString verdict
            = known ? u"<span style='color:%1'>%2</span> "_s.arg(mark.name(), right ? u"\u2713"_s : u"\u2717"_s) : QString();
        return tr("<b style='color:%1'>%2</b>: %3%4, %5")
            .arg(colour.name(), network.title.toHtmlEscaped(), verdict, m_set->className(network.choices[sample]).toHtmlEscaped(),
                 percentText(network.confidence[sample], 1));
    };
    QStringList lines;
    if (m_set->teacher) {
        lines << line(*m_set->teacher, teacherColour(palette()));
    }
    lines << line(m_set->student, studentColour(palette()));
    m_choices->setText(lines.join(u"<br>"_s));
    setAccessibleDescription(m_set->sentenceOf(sample));
}

void SampleDetail::describeBars()
{
    const double divergence = m_bars->divergence();
    m_distance->setText(std::isnan(divergence) ? QString() : tr("KL %1 nats").arg(QLocale().toString(divergence, 'g', 3)));
    m_distance->setToolTip(tr("KL divergence of the teacher's soft labels from the student's at this temperature"));
}

void SampleDetail::keyPressEvent(QKeyEvent* event)
{
    if (m_enlarged) {
        switch (event->key()) {
        case Qt::Key_Escape:
        case Qt::Key_Return:
        case Qt::Key_Enter:
            Q_EMIT enlargeRequested(false);
            return;
        case Qt::Key_Left:
        case Qt::Key_Up:
            Q_EMIT moveRequested(-1);
            return;
        case Qt::Key_Right:
        case Qt::Key_Down:
            Q_EMIT moveRequested(1);
            return;
        default:
            break;
        }
    }
    QWidget::keyPressEvent(event);
}

void SampleDetail::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange) {
        describe();
    }
}

} // namespace distill::ui
