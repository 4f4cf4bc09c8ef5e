internal import Database
internal import EventStore
internal import EventTypes

/// The offers that clicks may leave through, as last published.
struct OffersProjection: Projection {
    let name = "offers"
    let tables = ["offers"]
    let isPartitionable = true
    let definition = """
        create table offers (
            offer_id uuid primary key,
            merchant_id uuid not null,
            title text not null,
            network text not null,
            terms_version integer not null,
            is_withdrawn boolean not null default false
        );
        """

    func apply(_ events: [RecordedEvent], on connection: Connection) async throws {
        var statements: [SQL] = []
        for event in events where event.stream.category == Offer.category {
            switch try event.decode(OfferEvent.self) {
            case .termsNoted(let fact):
                statements.append(
                    """
                    insert into offers (offer_id, merchant_id, title, network, terms_version)
                    values (\(fact.offerID), \(fact.merchantID), \(fact.title), \(fact.network),
                        \(Int32(fact.terms.version)))
                    on conflict (offer_id) do update set title = excluded.title,
                        network = excluded.network, terms_version = excluded.terms_version
                    where offers.terms_version < excluded.terms_version
                    """)
            case .withdrawalNoted(let fact):
                statements.append(
                    "update offers set is_withdrawn = true where offer_id = \(fact.offerID)")
            }
        }
        try await connection.pipelineExecute(statements)
    }
}
