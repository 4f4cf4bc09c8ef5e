internal import Database
internal import EventStore
internal import EventTypes

/// Sales as their owners see them, with every step and its reason.
struct ConversionsProjection: Projection {
    let name = "conversions"
    let tables = ["conversions", "conversion_steps"]
    let isPartitionable = true
    let definition = """
        create table conversions (
            conversion_id uuid primary key,
            number bigint not null,
            click_id uuid not null,
            offer_id uuid not null,
            merchant_id uuid not null,
            user_id uuid,
            network text not null,
            action_id text not null,
            terms_version integer not null,
            sale_minor bigint not null,
            sale_currency text not null,
            currency text not null,
            cashback_minor bigint not null default 0,
            clawed_back_minor bigint not null default 0,
            state text not null,
            reason text not null,
            sold_at timestamptz not null,
            updated_at timestamptz not null
        );
        create table conversion_steps (
            conversion_id uuid not null,
            number bigint not null,
            state text not null,
            at timestamptz not null,
            reason text not null,
            amount_minor bigint,
            currency text,
            primary key (conversion_id, number)
        );
        """
    let indexes = """
        create index conversions_of_user on conversions (user_id, number desc);
        create unique index conversions_of_network on conversions (network, action_id);
        create index conversions_sold on conversions (network, sold_at);
        """

    func apply(_ events: [RecordedEvent], on connection: Connection) async throws {
        var statements: [SQL] = []
        for event in events where event.stream.category == Conversion.category {
            guard let id = ConversionID(String(event.stream.key)) else { continue }
            let fact = try event.decode(ConversionEvent.self)
            if case .tracked(let tracked) = fact {
                statements.append(insertion(tracked, event))
            }
            statements += changes(fact, id, event)
            if let step = step(fact, id, event) { statements.append(step) }
        }
        try await connection.pipelineExecute(statements)
    }

    private func insertion(_ fact: ConversionTracked, _ event: RecordedEvent) -> SQL {
        """
        insert into conversions (conversion_id, number, click_id, offer_id, merchant_id, user_id,
            network, action_id, terms_version, sale_minor, sale_currency, currency, state, reason,
            sold_at, updated_at)
        values (\(fact.conversionID), \(event.position), \(fact.click.clickID),
            \(fact.click.offerID), \(fact.click.merchantID), \(fact.click.userID),
            \(fact.network), \(fact.actionID), \(Int32(fact.click.terms.version)),
            \(fact.sale.minorUnits), \(fact.sale.currency), \(fact.click.terms.currency),
            'tracked', \(ConversionReason.tracked(fact)), \(fact.soldAt), \(event.recordedAt))
        """
    }

    private func changes(
        _ fact: ConversionEvent, _ id: ConversionID, _ event: RecordedEvent
    ) -> [SQL] {
        func update(_ state: Conversion.Phase, _ reason: String, _ more: SQL = "") -> [SQL] {
            [
                """
                update conversions set state = \(state.rawValue), reason = \(reason),
                    updated_at = \(event.recordedAt)\(more)
                where conversion_id = \(id)
                """
            ]
        }
        switch fact {
        case .tracked, .clawbackSettled: return []
        case .postbackRecorded(let fact):
            guard fact.outcome == .applied || fact.outcome == .deferred, !fact.status.isRefusal
            else { return [] }
            return [
                """
                update conversions set sale_minor = \(fact.sale.minorUnits),
                    sale_currency = \(fact.sale.currency) where conversion_id = \(id)
                """
            ]
        case .pending(let fact):
            return update(
                .pending, fact.reason, ", cashback_minor = \(fact.cashback.minorUnits)")
        case .approved(let fact):
            return update(
                .approved, fact.reason, ", cashback_minor = \(fact.cashback.minorUnits)")
        case .declined(let fact): return update(.declined, fact.reason)
        case .credited(let fact):
            return update(
                .credited, ConversionReason.credited,
                ", cashback_minor = \(fact.cashback.minorUnits)")
        case .clawedBack(let fact):
            let amount = fact.amount.minorUnits
            return [
                """
                update conversions set cashback_minor = greatest(cashback_minor - \(amount), 0),
                    clawed_back_minor = clawed_back_minor + \(amount), reason = \(fact.reason),
                    state = case when cashback_minor > \(amount) then 'credited'
                        else 'clawed_back' end, updated_at = \(event.recordedAt)
                where conversion_id = \(id)
                """
            ]
        }
    }

    private func step(_ fact: ConversionEvent, _ id: ConversionID, _ event: RecordedEvent) -> SQL? {
        func step(_ state: Conversion.Phase, _ reason: String, _ amount: Money?) -> SQL {
            """
            insert into conversion_steps
                (conversion_id, number, state, at, reason, amount_minor, currency)
            values (\(id), \(event.version), \(state.rawValue), \(event.recordedAt), \(reason),
                \(amount?.minorUnits), \(amount?.currency))
            """
        }
        switch fact {
        case .tracked(let fact): return step(.tracked, ConversionReason.tracked(fact), fact.sale)
        case .pending(let fact): return step(.pending, fact.reason, fact.cashback)
        case .approved(let fact): return step(.approved, fact.reason, fact.cashback)
        case .declined(let fact): return step(.declined, fact.reason, nil)
        case .credited(let fact):
            return step(.credited, ConversionReason.credited, fact.cashback)
        case .clawedBack(let fact): return step(.clawedBack, fact.reason, fact.amount)
        case .postbackRecorded, .clawbackSettled: return nil
        }
    }
}

/// Why steps that carry no reason of their own were taken.
enum ConversionReason {
    static let credited = "credited_to_wallet"

    static func tracked(_ fact: ConversionTracked) -> String {
        fact.network == OwnOrders.network ? "order_paid" : "reported_by_network"
    }
}
