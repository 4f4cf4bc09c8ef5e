internal import EventTypes

/// How the platform does, at a glance: people and clicks of all kinds, amounts of one currency.
struct Dashboard: Codable, Sendable, Equatable {
    /// How many of the latest days are shown.
    static let dayLimit = 366
    /// How many shops are shown, those with the highest sales first.
    static let merchantLimit = 100
    /// How many kinds of visits are shown, the most frequent first.
    static let visitLimit = 50

    struct Cashback: Codable, Sendable, Equatable {
        let pending: Money
        let approved: Money
        /// All that was ever credited, what was clawed back later included.
        let credited: Money
        let declined: Money
        let clawedBack: Money

        enum CodingKeys: String, CodingKey {
            case pending, approved, credited, declined
            case clawedBack = "clawed_back"
        }
    }

    /// Payouts that are in one stage now.
    struct Payouts: Codable, Sendable, Equatable {
        let count: Int
        let amountMinor: Int64
        let currency: Currency

        enum CodingKeys: String, CodingKey {
            case count, currency
            case amountMinor = "amount_minor"
        }
    }

    struct Withdrawals: Codable, Sendable, Equatable {
        let requested: Payouts
        let approved: Payouts
        let paid: Payouts
        let rejected: Payouts
        let failed: Payouts
    }

    /// Of the clicks of this time, how many have led where by now.
    struct Funnel: Codable, Sendable, Equatable {
        let clicks: Int
        let sales: Int
        let approved: Int
        let credited: Int
    }

    struct Day: Codable, Sendable, Equatable {
        /// `2026-01-31`, in UTC.
        let day: String
        let clicks: Int
        let sales: Int
        let grossValue: Money
        let cashback: Cashback

        enum CodingKeys: String, CodingKey {
            case day, clicks, sales, cashback
            case grossValue = "gross_value"
        }
    }

    struct Merchant: Codable, Sendable, Equatable {
        let merchantID: MerchantID
        let name: String?
        let clicks: Int
        let sales: Int
        let grossValue: Money
        let cashback: Cashback

        enum CodingKeys: String, CodingKey {
            case merchantID = "merchant_id"
            case name, clicks, sales, cashback
            case grossValue = "gross_value"
        }
    }

    struct Visits: Codable, Sendable, Equatable {
        let name: String
        let count: Int
    }

    /// Orders of the platform's own checkout, by the time they were placed.
    struct Orders: Codable, Sendable, Equatable {
        let placed: Int
        let paid: Int
        /// What all that were paid came to, before refunds.
        let paidValue: Money
        let cancelled: Int
        /// What went back to buyers of these orders, cancelled ones included.
        let refunded: Money

        enum CodingKeys: String, CodingKey {
            case placed, paid, cancelled, refunded
            case paidValue = "paid_value"
        }
    }

    struct Messages: Codable, Sendable, Equatable {
        let raised: Int
        let read: Int
        let emailsSent: Int
        let emailsFailed: Int

        enum CodingKeys: String, CodingKey {
            case raised, read
            case emailsSent = "emails_sent"
            case emailsFailed = "emails_failed"
        }
    }

    struct Pages: Codable, Sendable, Equatable {
        /// Pages and posts that are public now, by the time of their publication.
        let published: Int
        /// Versions that were published.
        let publications: Int
        let uploads: Int
    }

    let from: Timestamp?
    let to: Timestamp?
    let currency: Currency
    let people: Int
    let verifiedPeople: Int
    let clicks: Int
    let sales: Int
    let grossValue: Money
    let cashback: Cashback
    let withdrawals: Withdrawals
    let funnel: Funnel
    let byDay: [Day]
    let byMerchant: [Merchant]
    let visits: [Visits]
    let orders: Orders
    let messages: Messages
    let pages: Pages

    enum CodingKeys: String, CodingKey {
        case from, to, currency, people, clicks, sales, cashback, withdrawals, funnel, visits
        case orders, messages, pages
        case verifiedPeople = "verified_people"
        case grossValue = "gross_value"
        case byDay = "by_day"
        case byMerchant = "by_merchant"
    }
}

extension Dashboard {
    init(_ numbers: DashboardNumbers, _ window: ReportWindow, in currency: Currency) {
        var all = RevenueReport.Line()
        var days: [Timestamp: RevenueReport.Line] = [:]
        var shops: [MerchantID: RevenueReport.Line] = [:]
        for (key, line) in numbers.revenue where key.currency == currency {
            all.add(line)
            days[key.day, default: .init()].add(line)
            shops[key.merchantID, default: .init()].add(line)
        }
        var clicksOfDay: [Timestamp: Int] = [:]
        var clicksOfShop: [MerchantID: Int] = [:]
        for (place, count) in numbers.clicks {
            clicksOfDay[place.day, default: 0] += count
            clicksOfShop[place.merchantID, default: 0] += count
            if days[place.day] == nil { days[place.day] = .init() }
            if shops[place.merchantID] == nil { shops[place.merchantID] = .init() }
        }
        func payouts(_ stage: Journey.Withdrawal.Stage) -> Payouts {
            let sum = numbers.payouts[.init(stage: stage, currency: currency)] ?? .init()
            return Payouts(count: sum.count, amountMinor: sum.minorUnits, currency: currency)
        }
        self.init(
            from: window.from, to: window.to, currency: currency, people: numbers.people,
            verifiedPeople: numbers.verified, clicks: numbers.clicks.values.reduce(0, +),
            sales: all.sales, grossValue: Self.money(all.gross, currency),
            cashback: Cashback(all, currency),
            withdrawals: Withdrawals(
                requested: payouts(.requested), approved: payouts(.approved), paid: payouts(.paid),
                rejected: payouts(.rejected), failed: payouts(.failed)),
            funnel: Funnel(
                clicks: numbers.funnel[.clicked]?.clicks ?? 0,
                sales: numbers.funnel[.sold]?.clicks ?? 0,
                approved: numbers.funnel[.approved]?.clicks ?? 0,
                credited: numbers.funnel[.credited]?.clicks ?? 0),
            byDay: days.sorted { $0.key < $1.key }.suffix(Self.dayLimit).map { day, line in
                Day(
                    day: day.dateText, clicks: clicksOfDay[day] ?? 0, sales: line.sales,
                    grossValue: Self.money(line.gross, currency),
                    cashback: Cashback(line, currency))
            },
            byMerchant: shops.sorted { ($1.value.gross, $0.key) < ($0.value.gross, $1.key) }
                .prefix(Self.merchantLimit).map { id, line in
                    Merchant(
                        merchantID: id, name: numbers.merchants[id],
                        clicks: clicksOfShop[id] ?? 0, sales: line.sales,
                        grossValue: Self.money(line.gross, currency),
                        cashback: Cashback(line, currency))
                },
            visits: numbers.visits.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
                .prefix(Self.visitLimit).map { Visits(name: $0.key, count: $0.value) },
            orders: Orders(numbers.orders[currency] ?? .init(), currency),
            messages: Messages(numbers), pages: Pages(numbers))
    }

    fileprivate static func money(_ minorUnits: Int64, _ currency: Currency) -> Money {
        (try? Money(minorUnits: minorUnits, currency)) ?? .zero(currency)
    }
}

extension Dashboard.Cashback {
    fileprivate init(_ line: RevenueReport.Line, _ currency: Currency) {
        pending = Dashboard.money(line.pending, currency)
        approved = Dashboard.money(line.approved, currency)
        credited = Dashboard.money(line.credited, currency)
        declined = Dashboard.money(line.declined, currency)
        clawedBack = Dashboard.money(line.clawedBack, currency)
    }
}

extension Dashboard.Orders {
    fileprivate init(_ sum: DashboardNumbers.Orders, _ currency: Currency) {
        placed = sum.placed
        paid = sum.paid
        paidValue = Dashboard.money(sum.paidMinorUnits, currency)
        cancelled = sum.cancelled
        refunded = Dashboard.money(sum.refundedMinorUnits, currency)
    }
}

extension Dashboard.Messages {
    fileprivate init(_ numbers: DashboardNumbers) {
        raised = numbers.told[Journey.Word.raised.rawValue] ?? 0
        read = numbers.told[Journey.Word.read.rawValue] ?? 0
        emailsSent = numbers.told[Journey.Word.emailSent.rawValue] ?? 0
        emailsFailed = numbers.told[Journey.Word.emailFailed.rawValue] ?? 0
    }
}

extension Dashboard.Pages {
    fileprivate init(_ numbers: DashboardNumbers) {
        published = numbers.publicDocuments
        publications = numbers.told[Journey.Word.published.rawValue] ?? 0
        uploads = numbers.told[Journey.Word.uploaded.rawValue] ?? 0
    }
}
