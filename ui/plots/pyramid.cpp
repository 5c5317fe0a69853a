// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/pyramid.h"

#include <algorithm>
#include <cmath>

namespace distill::ui {

namespace {

void include(Extremes& into, std::span<const double> values, std::int64_t index)
{
    const double value = values[static_cast<std::size_t>(index)];
    if (std::isnan(value)) {
        if (into.nan < 0) {
            into.nan = index;
        }
        return;
    }
    if (std::isinf(value)) {
        return;
    }
    const auto at = [&](std::int64_t i) { return values[static_cast<std::size_t>(i)]; };
    if (into.min < 0 || value < at(into.min)) {
        into.min = index;
    }
    if (into.max < 0 || value > at(into.max)) {
        into.max = index;
    }
    if (value > 0 && (into.minPositive < 0 || value < at(into.minPositive))) {
        into.minPositive = index;
    }
}

void include(Extremes& into, std::span<const double> values, const Extremes& block)
{
    for (const std::int64_t index : {block.min, block.max, block.minPositive, block.nan}) {
        if (index >= 0) {
            include(into, values, index);
        }
    }
}

} // namespace

void Pyramid::extend(std::span<const double> values)
{
    m_size = values.size();
    std::size_t block = 1;
    for (std::size_t level = 0; m_size / block / fanOut > 0; ++level) {
        if (level == m_levels.size()) {
            m_levels.emplace_back();
        }
        const std::size_t whole = m_size / (block * fanOut);
        auto& nodes = m_levels[level];
        for (std::size_t i = nodes.size(); i < whole; ++i) {
            Extremes node;
            for (std::size_t child = i * fanOut; child < (i + 1) * fanOut; ++child) {
                if (level == 0) {
                    include(node, values, static_cast<std::int64_t>(child));
                } else {
                    include(node, values, m_levels[level - 1][child]);
                }
            }
            nodes.push_back(node);
        }
        block *= fanOut;
    }
}

void Pyramid::truncate(std::size_t size)
{
    if (size >= m_size) {
        return;
    }
    m_size = size;
    std::size_t block = fanOut;
    for (auto& nodes : m_levels) {
        nodes.resize(std::min(nodes.size(), size / block));
        block *= fanOut;
    }
}

Extremes Pyramid::query(std::span<const double> values, std::size_t begin, std::size_t end) const
{
    Extremes found;
    std::size_t i = begin;
    while (i < end) {
        std::size_t block = 1;
        std::size_t level = 0;
        while (level < m_levels.size() && i % (block * fanOut) == 0 && i + block * fanOut <= end) {
            block *= fanOut;
            ++level;
        }
        if (level == 0) {
            include(found, values, static_cast<std::int64_t>(i));
        } else {
            include(found, values, m_levels[level - 1][i / block]);
        }
        i += block;
    }
    return found;
}

std::size_t Pyramid::countOutside(std::span<const double> values, std::size_t begin, std::size_t end, double low,
                                  double high) const
{
    const auto at = [&](std::int64_t index) { return values[static_cast<std::size_t>(index)]; };
    std::size_t count = 0;
    std::size_t i = begin;
    while (i < end) {
        // The largest block that starts here, fits, and holds nothing outside.
        std::size_t block = 1;
        std::size_t level = 0;
        std::size_t clean = 0;
        while (level < m_levels.size() && i % (block * fanOut) == 0 && i + block * fanOut <= end) {
            block *= fanOut;
            const Extremes& node = m_levels[level][i / block];
            if (node.min >= 0 && (at(node.min) < low || at(node.max) > high)) {
                break;
            }
            clean = block;
            ++level;
        }
        if (clean == 0) {
            const double value = values[i];
            count += std::isfinite(value) && (value < low || value > high) ? 1 : 0;
            clean = 1;
        }
        i += clean;
    }
    return count;
}

} // namespace distill::ui
