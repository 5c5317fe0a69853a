// SPDX-License-Identifier: GPL-3.0-or-later
#include "interchange/csvrows.h"

#include "experiment/error.h"

#include <algorithm>
#include <cerrno>
#include <csv.h>
#include <cstring>
#include <exception>
#include <fstream>
#include <new>
#include <vector>

namespace distill {

namespace {

constexpr std::size_t chunkBytes = 1 << 18;
constexpr std::size_t longestRow = 1 << 24;

char separatorOf(std::string_view text)
{
    constexpr std::string_view candidates = "\t;,";
    std::size_t counts[candidates.size()] = {};
    bool quoted = false;
    for (const char c : text.substr(0, text.find('\n'))) {
        quoted = quoted != (c == '"');
        const std::size_t candidate = candidates.find(c);
        if (!quoted && candidate != std::string_view::npos) {
            ++counts[candidate];
        }
    }
    const auto most = std::max_element(std::begin(counts), std::end(counts));
    return *most > 0 ? candidates[static_cast<std::size_t>(most - std::begin(counts))] : ',';
}

/// libcsv's parser and the row that it is filling. An exception must not pass through its C code and waits here.
struct Parser {
    csv_parser state{};
    const CsvRows::Row& onRow;
    std::string text; ///< of all cells of the row
    std::vector<std::size_t> ends;
    std::vector<std::string_view> cells;
    std::int64_t line = 1, firstLine = 1;
    bool afterReturn = false;
    std::exception_ptr thrown;

    Parser(const CsvRows::Row& row, char separator)
        : onRow(row)
    {
        if (csv_init(&state, CSV_STRICT | CSV_STRICT_FINI | CSV_REPALL_NL) != 0) {
            throw std::bad_alloc();
        }
        csv_set_delim(&state, static_cast<unsigned char>(separator));
    }
    Parser(const Parser&) = delete;
    Parser& operator=(const Parser&) = delete;
    ~Parser() { csv_free(&state); }

    static void onCell(void* bytes, std::size_t length, void* self)
    {
        auto& parser = *static_cast<Parser*>(self);
        parser.afterReturn = false;
        const std::string_view cell(static_cast<const char*>(bytes), length);
        parser.line += std::count(cell.begin(), cell.end(), '\n');
        parser.text += cell;
        parser.ends.push_back(parser.text.size());
    }

    static void onEnd(int c, void* self)
    {
        auto& parser = *static_cast<Parser*>(self);
        if (!parser.thrown) {
            try {
                parser.endRow();
            } catch (...) {
                parser.thrown = std::current_exception();
            }
        }
        parser.text.clear();
        parser.ends.clear();
        if (!(c == '\n' && parser.afterReturn)) { // CR and LF end one line together
            ++parser.line;
        }
        parser.firstLine = parser.line;
        parser.afterReturn = c == '\r';
    }

    void endRow()
    {
        cells.clear();
        std::size_t begin = 0;
        for (const std::size_t end : ends) {
            cells.push_back(std::string_view(text).substr(begin, end - begin));
            begin = end;
        }
        const bool blank = cells.empty() || (cells.size() == 1 && cells.front().empty());
        if (!blank) {
            onRow(cells, firstLine);
        }
    }
};

} // namespace

void CsvRows::read(const std::string& path, std::uint64_t bytes, const Row& row)
{
    std::ifstream file(path, std::ios::binary);
    std::string chunk(chunkBytes, '\0');
    const auto next = [&] {
        chunk.resize(static_cast<std::size_t>(std::min<std::uint64_t>(chunkBytes, bytes)));
        file.read(chunk.data(), static_cast<std::streamsize>(chunk.size()));
        chunk.resize(static_cast<std::size_t>(file.gcount()));
        bytes -= chunk.size();
        return !chunk.empty();
    };
    if (!file) {
        throw InputError(path + " cannot be read: " + std::strerror(errno) + ".");
    }
    next();
    std::string_view text = chunk;
    if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff")) {
        throw InputError(path + " is UTF-16 text; save it as UTF-8.");
    }
    if (text.starts_with("\x1f\x8b") || text.starts_with("PK")) {
        throw InputError(path + " is compressed; unpack it first.");
    }
    if (text.find('\0') != std::string_view::npos) {
        throw InputError(path + " is no text: it holds zero bytes.");
    }
    if (text.starts_with("\xef\xbb\xbf")) {
        text.remove_prefix(3);
    }
    std::int64_t comments = 0;
    while (text.starts_with('#') && text.find('\n') != std::string_view::npos) {
        text.remove_prefix(text.find('\n') + 1);
        ++comments;
    }
    separator = separatorOf(text);
    Parser parser(row, separator);
    parser.line = parser.firstLine = comments + 1;
    char last = '\n';
    const auto check = [&](bool sound) {
        if (parser.thrown) {
            std::rethrow_exception(parser.thrown);
        }
        if (!sound && csv_error(&parser.state) == CSV_ENOMEM) {
            throw std::bad_alloc();
        }
        if (!sound || parser.text.size() > longestRow || parser.state.entry_pos > longestRow) {
            throw InputError(path + ", line " + std::to_string(parser.firstLine)
                             + ": a quotation mark stands inside a cell or is not closed.");
        }
    };
    do {
        if (!text.empty()) {
            last = text.back();
        }
        check(csv_parse(&parser.state, text.data(), text.size(), &Parser::onCell, &Parser::onEnd, &parser) == text.size());
    } while (next() && (text = chunk, true));
    breaksOff = last != '\n' && last != '\r';
    const std::string_view open(reinterpret_cast<const char*>(parser.state.entry_buf), parser.state.entry_pos);
    const bool inOneLine = open.find('\n') == std::string_view::npos; // else the mark swallowed the rows that follow
    if (csv_fini(&parser.state, &Parser::onCell, &Parser::onEnd, &parser) != 0) {
        check(inOneLine);
        parser.text += open; // the row breaks off inside this cell
        parser.ends.push_back(parser.text.size());
        Parser::onEnd(-1, &parser);
    }
    check(true);
}

} // namespace distill
