internal import EventTypes

/// Customers by how recently, how often and for how much they bought: quintiles from 1 to 5 of
/// each, gathered into segments (Hughes, "Strategic Database Marketing").
enum RFMReport {
    struct Customer: Sendable, Equatable {
        let userID: UserID
        var lastSale: Timestamp
        var sales: Int
        var gross: Int64
        let currency: Currency
    }

    struct Scores: Sendable, Equatable {
        var recency = 0
        var frequency = 0
        var monetary = 0
    }

    enum Segment: String, CaseIterable, Sendable {
        case champions, loyal, promising
        case atRisk = "at_risk"
        case hibernating
    }

    static func customers(_ journey: Journey, _ window: ReportWindow) -> [Customer] {
        struct Key: Hashable {
            let userID: UserID
            let currency: Currency
        }
        var table: [Key: Customer] = [:]
        for sale in journey.sold where window.contains(sale.soldAt) {
            guard let userID = sale.userID, sale.stage != .declined else { continue }
            let key = Key(userID: userID, currency: sale.gross.currency)
            if var customer = table[key] {
                customer.lastSale = max(customer.lastSale, sale.soldAt)
                customer.sales += 1
                customer.gross += sale.gross.minorUnits
                table[key] = customer
            } else {
                table[key] = Customer(
                    userID: userID, lastSale: sale.soldAt, sales: 1, gross: sale.gross.minorUnits,
                    currency: sale.gross.currency)
            }
        }
        return Array(table.values)
    }

    /// Scores by rank; equal values are ordered by identifier, so that every reader scores alike.
    static func scores(_ customers: [Customer]) -> [UserID: Scores] {
        var scores: [UserID: Scores] = [:]
        func rank<Value: Comparable>(
            by value: (Customer) -> Value, into field: WritableKeyPath<Scores, Int>
        ) {
            let sorted = customers.sorted { (value($0), $0.userID) < (value($1), $1.userID) }
            for (index, customer) in sorted.enumerated() {
                scores[customer.userID, default: Scores()][keyPath: field] =
                    1 + index * 5 / sorted.count
            }
        }
        rank(by: \.lastSale, into: \.recency)
        rank(by: \.sales, into: \.frequency)
        rank(by: \.gross, into: \.monetary)
        return scores
    }

    static func segment(_ scores: Scores) -> Segment {
        let value = (scores.frequency + scores.monetary + 1) / 2
        return switch (scores.recency, value) {
        case (4...5, 4...5): .champions
        case (3...5, 3...5): .loyal
        case (3...5, _): .promising
        case (_, 3...5): .atRisk
        default: .hibernating
        }
    }

    static func table(_ customers: [Customer]) -> ReportTable {
        struct Line {
            var customers = 0
            var sales = 0
            var gross: Int64 = 0
        }
        var table = ReportTable(
            title: "Customers by recency, frequency and value",
            columns: [
                .init(name: "segment", title: "Segment"),
                .init(name: "customers", title: "Customers"),
                .init(name: "sales", title: "Sales"),
                .init(name: "gross", title: "Gross value"),
            ], rows: [], labelColumn: 0, valueColumn: 1)
        let byCurrency = Dictionary(grouping: customers, by: \.currency)
        for (currency, members) in byCurrency.sorted(by: { $0.key.code < $1.key.code }) {
            let scores = scores(members)
            var lines: [Segment: Line] = [:]
            for member in members {
                guard let score = scores[member.userID] else { continue }
                var line = lines[segment(score)] ?? Line()
                line.customers += 1
                line.sales += member.sales
                line.gross += member.gross
                lines[segment(score)] = line
            }
            for segment in Segment.allCases {
                let line = lines[segment] ?? Line()
                let gross = (try? Money(minorUnits: line.gross, currency)) ?? .zero(currency)
                table.rows.append([
                    .text(segment.rawValue), .count(line.customers), .count(line.sales),
                    .money(gross),
                ])
            }
        }
        return table
    }
}
