internal import EventTypes

/// What shops sold and what it earned their customers, by day of the sale, shop and currency.
enum RevenueReport {
    struct Key: Hashable, Comparable, Sendable {
        let day: Timestamp
        let merchantID: MerchantID
        let currency: Currency

        static func < (left: Key, right: Key) -> Bool {
            (left.day, left.merchantID, left.currency.code)
                < (right.day, right.merchantID, right.currency.code)
        }
    }

    struct Line: Sendable, Equatable {
        var sales = 0
        var gross: Int64 = 0
        var pending: Int64 = 0
        var approved: Int64 = 0
        var declined: Int64 = 0
        var declinedSales = 0
        var credited: Int64 = 0
        var clawedBack: Int64 = 0
    }

    static func lines(_ journey: Journey, _ window: ReportWindow) -> [Key: Line] {
        var lines: [Key: Line] = [:]
        for sale in journey.sold where window.contains(sale.soldAt) {
            let key = Key(
                day: sale.soldAt.startOfDay, merchantID: sale.merchantID,
                currency: sale.gross.currency)
            lines[key, default: Line()].add(sale)
        }
        return lines
    }

    static func table(_ lines: [Key: Line], merchants: [MerchantID: String]) -> ReportTable {
        var table = ReportTable(
            title: "Revenue by day and merchant",
            columns: [
                .init(name: "day", title: "Day"), .init(name: "merchant", title: "Merchant"),
                .init(name: "sales", title: "Sales"), .init(name: "gross", title: "Gross value"),
                .init(name: "pending", title: "Pending"),
                .init(name: "approved", title: "Approved"),
                .init(name: "credited", title: "Credited"),
                .init(name: "clawed_back", title: "Clawed back"),
                .init(name: "declined_sales", title: "Declined"),
            ], rows: [], labelColumn: 0, valueColumn: 3,
            secondLabelColumn: 1)
        for (key, line) in lines.sorted(by: { $0.key < $1.key }) {
            func money(_ minorUnits: Int64) -> ReportTable.Cell {
                .money((try? Money(minorUnits: minorUnits, key.currency)) ?? .zero(key.currency))
            }
            table.rows.append([
                .text(key.day.dateText),
                .text(merchants[key.merchantID] ?? key.merchantID.description),
                .count(line.sales), money(line.gross), money(line.pending), money(line.approved),
                money(line.credited), money(line.clawedBack), .count(line.declinedSales),
            ])
        }
        return table
    }
}

extension RevenueReport.Line {
    /// One sale, or several that have reached the same stage and are summed up already.
    struct Share: Sendable, Equatable {
        let stage: Journey.Sale.Stage
        var sales = 1
        let gross: Int64
        let cashback: Int64
        let clawedBack: Int64
    }

    mutating func add(_ sale: Journey.Sold) {
        add(
            Share(
                stage: sale.stage, gross: sale.gross.minorUnits,
                cashback: sale.cashback.minorUnits, clawedBack: sale.clawedBack.minorUnits))
    }

    /// Cashback counts in the column of the stage it has reached.
    mutating func add(_ share: Share) {
        sales += share.sales
        gross += share.gross
        switch share.stage {
        case .tracked: break
        case .pending: pending += share.cashback
        case .approved: approved += share.cashback
        case .declined:
            declined += share.cashback
            declinedSales += share.sales
        case .credited, .clawedBack: credited += share.cashback
        }
        clawedBack += share.clawedBack
    }

    /// The same of another day or shop.
    mutating func add(_ other: Self) {
        sales += other.sales
        gross += other.gross
        pending += other.pending
        approved += other.approved
        declined += other.declined
        declinedSales += other.declinedSales
        credited += other.credited
        clawedBack += other.clawedBack
    }
}
