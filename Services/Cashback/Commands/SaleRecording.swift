internal import Crypto
internal import EventStore
internal import EventTypes

/// Writes what a network says of a sale into the sale's stream.
enum SaleRecording {
    /// The sale that a network calls `action`: the same one however often it is reported.
    static func conversion(_ network: String, _ action: String) -> ConversionID {
        ConversionID.derived(from: "\(network) \(action)", "conversion")
    }

    /// The click that a sale names.
    ///
    /// - Throws: `CashbackError` when there is none, or it left through another network's offer.
    static func click(_ postback: Postback, in unit: UnitOfWork) async throws -> ClickRecorded {
        guard let click = try await unit.load(Click.self, postback.clickID).recorded else {
            throw CashbackError.clickUnknown
        }
        guard click.network == postback.network else { throw CashbackError.clickOfAnotherNetwork }
        return click
    }

    /// - Returns: what was added; nothing when this version was recorded before.
    static func record(
        _ postback: Postback, at now: Timestamp, in unit: UnitOfWork
    ) async throws -> [ConversionEvent] {
        let id = conversion(postback.network, postback.actionID)
        let click = try await click(postback, in: unit)
        return try await unit.decide(
            Conversion.self, id, .record(postback, id, click, at: now))
    }
}

extension Sequence<ConversionEvent> {
    /// What came of the postback among the events; nil when there is none.
    var outcome: PostbackOutcome? {
        for case .postbackRecorded(let fact) in self { return fact.outcome }
        return nil
    }
}
