internal import EventStore
internal import EventTypes

/// What other services may read of cashback's log.
enum CashbackPublications {
    static func map(_ event: RecordedEvent) throws -> [Publication] {
        guard let payload = try payload(of: event) else { return [] }
        return [Publication(.cashbackEvents, event, payload)]
    }

    private static func payload(of event: RecordedEvent) throws -> (any PublishedEvent)? {
        if let fact = try event.payload(ClickRecorded.self) {
            return CashbackClickRecorded(
                clickID: fact.clickID, offerID: fact.offerID, merchantID: fact.merchantID,
                userID: fact.userID, termsVersion: fact.terms.version, clickedAt: fact.clickedAt,
                source: fact.source?.rawValue)
        }
        guard event.stream.category == Conversion.category else { return nil }
        switch try event.decode(ConversionEvent.self) {
        case .tracked(let fact):
            return CashbackConversionTracked(
                conversionID: fact.conversionID, clickID: fact.click.clickID,
                offerID: fact.click.offerID, merchantID: fact.click.merchantID,
                userID: fact.click.userID, network: fact.network, actionID: fact.actionID,
                sale: fact.sale, soldAt: fact.soldAt)
        case .pending(let fact): return fact
        case .approved(let fact): return fact
        case .declined(let fact): return fact
        case .credited(let fact): return fact
        case .clawedBack(let fact): return fact
        case .postbackRecorded, .clawbackSettled: return nil
        }
    }
}
