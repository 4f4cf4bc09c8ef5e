internal import Database
internal import EventStore
internal import EventTypes

/// What is true of every healthy cashback log.
enum CashbackInvariants {
    static let all = [
        oneClick, creditedOnce, rewardRule, clawbackWithinCredit, OrderInvariant.check,
    ]

    private static let oneClick = Invariant(name: "every conversion has exactly one click") {
        context in
        try await eachConversion(context) { id, events in
            let tracked = events.compactMap { event in
                if case .tracked(let fact) = event { fact } else { nil }
            }
            guard tracked.count == 1, let click = tracked.first?.click else {
                return "conversion \(id) is tracked \(tracked.count) times"
            }
            let known = try await context.store.load(Click.self, click.clickID).state.recorded
            return known == click ? nil : "conversion \(id) does not have its click's terms"
        }
    }

    private static let creditedOnce = Invariant(name: "no conversion is credited twice") {
        context in
        try await eachConversion(context) { id, events in
            let credits = events.count { if case .credited = $0 { true } else { false } }
            return credits <= 1 ? nil : "conversion \(id) is credited \(credits) times"
        }
    }

    private static let rewardRule = Invariant(
        name: "cashback is what the terms of the click promise for the sale"
    ) { context in
        try await eachConversion(context) { id, events in
            var tracked: ConversionTracked?
            for event in events {
                let stated: (sale: Money, cashback: Money)
                switch event {
                case .tracked(let fact):
                    tracked = fact
                    continue
                case .pending(let fact): stated = (fact.sale, fact.cashback)
                case .approved(let fact): stated = (fact.sale, fact.cashback)
                default: continue
                }
                if try tracked?.cashback(for: stated.sale) != stated.cashback {
                    return "conversion \(id) has \(stated.cashback) for \(stated.sale)"
                }
            }
            return nil
        }
    }

    private static let clawbackWithinCredit = Invariant(
        name: "no more is clawed back than was credited"
    ) { context in
        try await eachConversion(context) { id, events in
            var rest: Int64 = 0
            for event in events {
                switch event {
                case .credited(let fact): rest += fact.cashback.minorUnits
                case .clawedBack(let fact): rest -= fact.amount.minorUnits
                default: continue
                }
                if rest < 0 { return "conversion \(id) gave back \(-rest) too much" }
            }
            return nil
        }
    }

    /// Reads conversions by pages and their streams whole.
    ///
    /// - Parameter check: a sentence when something is wrong.
    private static func eachConversion(
        _ context: VerifyContext,
        _ check: (ConversionID, [ConversionEvent]) async throws -> String?
    ) async throws -> InvariantResult {
        var violations: [String] = []
        var examined = 0
        var last: Int64 = 0
        while violations.count < InvariantResult.violationLimit {
            let rows = try await context.pool.query(
                """
                select conversion_id, number from conversions where number > \(last)
                order by number limit 500
                """, isReadOnly: true)
            for row in rows {
                let id: ConversionID = try row.get(0)
                last = try row.get(1)
                let events = try await context.store.read(
                    Conversion.stream(id), after: 0, limit: 10_000)
                if let violation = try await check(id, events.map { try $0.decode() }) {
                    violations.append(violation)
                }
                examined += 1
            }
            if rows.count < 500 { break }
        }
        return violations.isEmpty
            ? .holds(examined: examined)
            : .violated(Array(violations.prefix(InvariantResult.violationLimit)))
    }
}

extension RecordedEvent {
    fileprivate func decode() throws -> ConversionEvent { try decode(ConversionEvent.self) }
}
