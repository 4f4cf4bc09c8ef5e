internal import EventTypes

/// How the platform does at this moment, for everybody: counts and sums, nobody's name.
struct PulseView: Codable, Sendable, Equatable {
    /// How many seconds are shown.
    static let seconds = 60

    struct Totals: Codable, Sendable, Equatable {
        let people: Int
        let clicks: Int
        /// Each once: what networks reported, and what shops sold in paid orders.
        let sales: Int
        let orders: Int
        let refunds: Int
        /// What people were told.
        let messages: Int
        /// Pages and posts that are public.
        let pages: Int
        /// By currency.
        let cashbackCredited: [Money]
        let paidOut: [Money]

        enum CodingKeys: String, CodingKey {
            case people, clicks, sales, orders, refunds, messages, pages
            case cashbackCredited = "cashback_credited"
            case paidOut = "paid_out"
        }
    }

    struct TopicTraffic: Codable, Sendable, Equatable {
        let topic: String
        let events: Int
        let lastAt: Timestamp?

        enum CodingKeys: String, CodingKey {
            case topic, events
            case lastAt = "last_at"
        }
    }

    struct Step: Codable, Sendable, Equatable {
        enum Name: String, Codable, Sendable {
            case clicked, sold, approved, credited
            case clawedBack = "clawed_back"
            case paidOut = "paid_out"
        }

        let name: Name
        let at: Timestamp
        var amount: Money?
    }

    /// One sale from the click on.
    struct Way: Codable, Sendable, Equatable {
        let conversionID: ConversionID
        /// The shop's name; nil while it is not known.
        let merchant: String?
        let network: String
        let steps: [Step]

        enum CodingKeys: String, CodingKey {
            case conversionID = "conversion_id"
            case merchant, network, steps
        }
    }

    let at: Timestamp
    let totals: Totals
    /// Events by the second in which their service recorded them, oldest first, up to the last
    /// whole second.
    let perSecond: [Int]
    let topics: [TopicTraffic]
    /// The latest of the sales that came furthest lately; nil before the first.
    let journey: Way?

    enum CodingKeys: String, CodingKey {
        case at, totals, topics, journey
        case perSecond = "per_second"
    }
}

extension PulseView.Way {
    /// The steps of a sale, in the order in which they were taken.
    init(
        _ id: ConversionID, _ sale: Journey.Sale, merchant: String?, clickedAt: Timestamp?,
        payout: Pulse.Latest?
    ) {
        var steps = [PulseView.Step(name: .sold, at: sale.soldAt, amount: sale.sale)]
        if let at = clickedAt { steps.append(.init(name: .clicked, at: at)) }
        if let at = sale.approvedAt {
            steps.append(.init(name: .approved, at: at, amount: sale.cashback))
        }
        if let at = sale.creditedAt {
            steps.append(.init(name: .credited, at: at, amount: sale.cashback))
        }
        if let at = sale.clawedBackAt {
            steps.append(.init(name: .clawedBack, at: at, amount: sale.clawedBack))
        }
        if let payout { steps.append(.init(name: .paidOut, at: payout.at, amount: payout.amount)) }
        self.init(
            conversionID: id, merchant: merchant, network: sale.network,
            steps: steps.sorted { ($0.place, $0.at) < ($1.place, $1.at) })
    }
}

extension PulseView.Step {
    /// Claw-backs and payouts come in either order; networks' clocks are not ours, so the first
    /// steps are not ordered by time.
    fileprivate var place: Int {
        switch name {
        case .clicked: 0
        case .sold: 1
        case .approved: 2
        case .credited: 3
        case .clawedBack, .paidOut: 4
        }
    }
}
