internal import EventTypes

/// What a dashboard is made of. The read model and a replay both come to these.
struct DashboardNumbers: Sendable, Equatable {
    struct Place: Hashable, Sendable {
        let day: Timestamp
        let merchantID: MerchantID
    }

    struct Payout: Hashable, Sendable {
        let stage: Journey.Withdrawal.Stage
        let currency: Currency
    }

    struct Sum: Sendable, Equatable {
        var count = 0
        var minorUnits: Int64 = 0
    }

    /// Orders of one currency.
    struct Orders: Sendable, Equatable {
        var placed = 0
        var paid = 0
        var paidMinorUnits: Int64 = 0
        var cancelled = 0
        var refundedMinorUnits: Int64 = 0
    }

    var people = 0
    var verified = 0
    var clicks: [Place: Int] = [:]
    var revenue: [RevenueReport.Key: RevenueReport.Line] = [:]
    var funnel: [FunnelReport.Step: FunnelReport.Line] = [:]
    var payouts: [Payout: Sum] = [:]
    var visits: [String: Int] = [:]
    var merchants: [MerchantID: String] = [:]
    var orders: [Currency: Orders] = [:]
    /// Messages, publications and uploads by name.
    var told: [String: Int] = [:]
    var publicDocuments = 0

    init() {}

    init(_ journey: Journey, _ window: ReportWindow) {
        let registered = journey.people.filter { window.contains($0.value) }
        people = registered.count
        verified = registered.keys.count { journey.verified.contains($0) }
        for click in journey.clicks.values where window.contains(click.at) {
            clicks[Place(day: click.at.startOfDay, merchantID: click.merchantID), default: 0] += 1
        }
        revenue = RevenueReport.lines(journey, window)
        funnel = FunnelReport.lines(journey, window)
        for payout in journey.withdrawals.values where window.contains(payout.requestedAt) {
            let key = Payout(stage: payout.stage, currency: payout.amount.currency)
            payouts[key, default: Sum()].count += 1
            payouts[key, default: Sum()].minorUnits += payout.amount.minorUnits
        }
        for (tally, count) in journey.tracked where window.contains(tally.day) {
            visits[tally.name, default: 0] += count
        }
        merchants = journey.merchants
        for order in journey.orders.values where window.contains(order.startedAt) {
            var sum = orders[order.total.currency] ?? Orders()
            sum.add(order)
            orders[order.total.currency] = sum
        }
        for (tally, count) in journey.told where window.contains(tally.day) {
            told[tally.name, default: 0] += count
        }
        publicDocuments = journey.documents.values.count {
            $0.isPublic && window.contains($0.publishedAt)
        }
    }
}

extension DashboardNumbers.Orders {
    fileprivate mutating func add(_ order: Journey.Order) {
        if order.placedAt != nil { placed += 1 }
        if order.paidAt != nil {
            paid += 1
            paidMinorUnits += order.total.minorUnits
        }
        if order.cancelledAt != nil { cancelled += 1 }
        refundedMinorUnits += order.refunded.minorUnits
    }
}
