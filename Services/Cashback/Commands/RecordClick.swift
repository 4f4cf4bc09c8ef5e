internal import EventStore
internal import EventTypes
internal import Runtime

/// Lets somebody leave for a shop: the click is durable, with the terms it saw, before the answer.
struct RecordClick: Sendable {
    let store: any EventStore
    let clock: any WallClock
    let ids: any IdentifierGenerator
    let signer: ClickSigner

    /// Recorded, and where it leads.
    struct Departure: Codable, Sendable {
        let clickID: ClickID
        let location: String
    }

    /// The offer comes from the states that the store keeps in memory; the commit makes sure it is
    /// the present one.
    func callAsFunction(
        _ offer: OfferID, user: UserID?, region: String?, _ context: CommandContext
    ) async throws -> Committed<Departure> {
        let id = ids.next(ClickTag.self)
        let now = clock.now()
        return try await store.commit(context) { unit in
            let offered = try await unit.load(Offer.self, offer).offered(at: now, region: region)
            var owner = user
            if let user, try await unit.load(Owner.self, user).isErased { owner = nil }
            try await unit.decide(
                Click.self, id,
                .record(
                    ClickRecorded(
                        clickID: id, offerID: offer, merchantID: offered.merchantID,
                        network: offered.network, userID: owner, terms: offered.terms,
                        clickedAt: now)))
            return Departure(
                clickID: id,
                location: offered.trackingURL.replacing("{click_id}", with: signer.sign(id)))
        }
    }
}
