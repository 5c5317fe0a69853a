// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/editor/keptdraft.h"

#include "experiment/field.h"
#include "ui/savefile.h"

#include <QFile>

namespace distill::ui {

void writeDraft(const QString& file, const KeptDraft& draft)
{
    const Json kept = {{"name", draft.name.toStdString()},
                       {"path", draft.path.toStdString()},
                       {"original", draft.original.toStdString()},
                       {"text", draft.text.toStdString()}};
    const std::string bytes = kept.dump(1, ' ', false, Json::error_handler_t::replace);
    saveFile(file, QByteArrayView(bytes.data(), static_cast<qsizetype>(bytes.size())));
}

std::optional<KeptDraft> readDraft(const QString& file)
{
    QFile in(file);
    if (file.isEmpty() || !in.open(QIODevice::ReadOnly)) {
        return std::nullopt;
    }
    const Json kept = Json::parse(in.readAll().toStdString(), nullptr, false);
    const auto text = [&](const char* key) {
        return QString::fromStdString(kept.contains(key) && kept[key].is_string() ? kept[key].get<std::string>() : "");
    };
    if (!kept.is_object() || text("text").isEmpty()) {
        return std::nullopt;
    }
    return KeptDraft{text("text"), text("original"), text("path"), text("name")};
}

} // namespace distill::ui
