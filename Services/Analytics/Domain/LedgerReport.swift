internal import EventTypes

/// What was added to and taken from the accounts of each purpose; the net of all is zero.
enum LedgerReport {
    struct Key: Hashable, Sendable {
        let purpose: String
        let currency: Currency
    }

    static func lines(_ journey: Journey, _ window: ReportWindow) -> [Key: Journey.LedgerSum] {
        var lines: [Key: Journey.LedgerSum] = [:]
        for (line, sum) in journey.ledger where window.contains(line.day) {
            let key = Key(purpose: line.purpose, currency: line.currency)
            var total = lines[key] ?? Journey.LedgerSum()
            total.added += sum.added
            total.taken += sum.taken
            total.postings += sum.postings
            lines[key] = total
        }
        return lines
    }

    static func table(_ lines: [Key: Journey.LedgerSum]) -> ReportTable {
        var table = ReportTable(
            title: "Ledger by purpose of account",
            columns: [
                .init(name: "purpose", title: "Purpose"),
                .init(name: "postings", title: "Postings"),
                .init(name: "added", title: "Added"), .init(name: "taken", title: "Taken"),
                .init(name: "net", title: "Net"),
            ], rows: [], labelColumn: 0, valueColumn: 2)
        let sorted = lines.sorted {
            ($0.key.currency.code, $0.key.purpose) < ($1.key.currency.code, $1.key.purpose)
        }
        for (key, sum) in sorted {
            func money(_ minorUnits: Int64) -> ReportTable.Cell {
                .money((try? Money(minorUnits: minorUnits, key.currency)) ?? .zero(key.currency))
            }
            table.rows.append([
                .text(key.purpose), .count(sum.postings), money(sum.added), money(sum.taken),
                money(sum.added - sum.taken),
            ])
        }
        return table
    }
}
