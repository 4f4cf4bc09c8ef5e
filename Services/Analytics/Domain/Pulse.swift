internal import EventTypes

/// What the platform's page shows of it: counts, how busy each second was, and which sales came
/// how far last. A fold like `Journey`, of a batch on top of what the tables hold.
struct Pulse: Sendable {
    enum Count: String, CaseIterable, Sendable {
        case people, clicks, sales, orders, refunds, messages
    }

    enum Amount: String, CaseIterable, Sendable {
        case cashbackCredited = "cashback_credited"
        case paidOut = "paid_out"
    }

    /// How far a sale has come.
    enum Reach: String, CaseIterable, Sendable {
        case sold, approved, credited
        case clawedBack = "clawed_back"
        case paidOut = "paid_out"
    }

    /// The last sale that came as far.
    struct Latest: Sendable, Equatable {
        let conversionID: ConversionID
        let at: Timestamp
        /// What was paid out.
        var amount: Money?
    }

    struct Credit: Sendable, Equatable {
        let conversionID: ConversionID
        let at: Timestamp
    }

    struct Traffic: Sendable, Equatable {
        var events = 0
        var lastAt: Timestamp
    }

    struct Total: Hashable, Sendable {
        let amount: Amount
        let currency: Currency
    }

    var seconds: [Timestamp: Int] = [:]
    var topics: [Topic: Traffic] = [:]
    var counts: [Count: Int] = [:]
    var amounts: [Total: Int64] = [:]
    var latest: [Reach: Latest] = [:]
    /// The last sale that each person was credited for: what a payout of theirs ends.
    var credits: [UserID: Credit] = [:]

    /// Where an event is published.
    static let topicOf: [EventType: Topic] = Dictionary(
        Contract.events.flatMap { entry in entry.types.map { ($0.eventType, entry.topic) } },
        uniquingKeysWith: { first, _ in first })

    /// - Parameter time: when the event's source recorded it.
    mutating func apply(_ event: any PublishedEvent, at time: Timestamp) {
        let second = Timestamp(seconds: time.wholeSeconds)
        seconds[second, default: 0] += 1
        if let topic = Self.topicOf[type(of: event).eventType] {
            var traffic = topics[topic] ?? Traffic(lastAt: time)
            traffic.events += 1
            traffic.lastAt = max(traffic.lastAt, time)
            topics[topic] = traffic
        }
        switch event {
        case is UserRegistered: add(1, .people)
        case is CashbackClickRecorded: add(1, .clicks)
        case is OrderPlaced: add(1, .orders)
        case is OrderRefunded: add(1, .refunds)
        case is NotificationRaised: add(1, .messages)
        // What a shop sold in an order is counted here; its conversion is the same sale.
        case let fact as OrderPaid: add(Set(fact.lines.map(\.merchantID)).count, .sales)
        default: applyJourney(event, at: time)
        }
    }

    private mutating func applyJourney(_ event: any PublishedEvent, at time: Timestamp) {
        switch event {
        case let fact as CashbackConversionTracked:
            if Journey.ownOrder(of: fact) == nil { add(1, .sales) }
            reach(.sold, fact.conversionID, time)
        case let fact as CashbackConversionApproved: reach(.approved, fact.conversionID, time)
        case let fact as CashbackConversionClawedBack:
            reach(.clawedBack, fact.conversionID, time)
        case let fact as CashbackConversionCredited:
            add(fact.cashback, .cashbackCredited)
            reach(.credited, fact.conversionID, time)
            if credits[fact.userID].map({ $0.at <= time }) ?? true {
                credits[fact.userID] = Credit(conversionID: fact.conversionID, at: time)
            }
        case let fact as WalletWithdrawalPaid:
            add(fact.amount, .paidOut)
            if let credit = credits[fact.userID], credit.at <= time {
                reach(.paidOut, credit.conversionID, time, fact.amount)
            }
        default: break
        }
    }

    private mutating func add(_ number: Int, _ count: Count) { counts[count, default: 0] += number }

    private mutating func add(_ money: Money, _ amount: Amount) {
        amounts[Total(amount: amount, currency: money.currency), default: 0] += money.minorUnits
    }

    private mutating func reach(
        _ reach: Reach, _ id: ConversionID, _ time: Timestamp, _ amount: Money? = nil
    ) {
        if let known = latest[reach], known.at > time { return }
        latest[reach] = Latest(conversionID: id, at: time, amount: amount)
    }
}

extension Pulse {
    /// How far behind the newest a sale may be that is shown because it came further.
    static let patience: Duration = .seconds(15 * 60)

    /// The sales to show, the one to prefer first: of those that moved lately the furthest.
    static func candidates(_ latest: [Reach: Latest]) -> [(reach: Reach, sale: Latest)] {
        let newest = latest.values.map(\.at).max() ?? Timestamp(seconds: 0)
        let isRecent: (Reach) -> Bool = { reach in
            latest[reach].map { newest.since($0.at) <= patience } ?? false
        }
        let order = Reach.allCases.reversed()
        return (order.filter(isRecent) + order.filter { !isRecent($0) })
            .compactMap { reach in latest[reach].map { (reach, $0) } }
    }
}

extension Timestamp {
    /// Since 1970-01-01T00:00:00Z, rounded down.
    var wholeSeconds: Int64 {
        let (quotient, rest) = microseconds.quotientAndRemainder(dividingBy: 1_000_000)
        return rest < 0 ? quotient - 1 : quotient
    }
}
