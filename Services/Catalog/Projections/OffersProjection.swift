internal import Database
internal import EventStore
internal import EventTypes
internal import JSON

/// The offers, each with its newest terms.
struct OffersProjection: Projection {
    static let title = "offers"
    let name = OffersProjection.title
    let tables = ["offer"]
    let isPartitionable = true
    let definition = """
        create table offer (
            id uuid primary key,
            merchant_id uuid not null,
            title text not null,
            network text not null,
            tracking_url text not null,
            state text not null,
            terms text not null,
            version bigint not null
        );
        """
    let indexes = "create index offer_merchant on offer (merchant_id, id);"

    func apply(_ events: [RecordedEvent], on connection: Connection) async throws {
        var statements: [SQL] = []
        for event in events where event.stream.category == Offer.category {
            switch try event.decode(OfferEvent.self) {
            case .drafted: break
            case .termsPublished(let fact):
                let offer = fact.offer
                statements.append(
                    """
                    insert into offer (id, merchant_id, title, network, tracking_url, state,
                        terms, version)
                    values (\(offer.offerID), \(offer.merchantID), \(offer.title),
                        \(offer.network), \(offer.trackingURL), \(OfferView.State.published),
                        \(try JSON.text(fact.terms)), \(event.version))
                    on conflict (id) do update
                    set terms = excluded.terms, version = excluded.version
                    """)
            case .withdrawn:
                statements.append(
                    """
                    update offer set state = \(OfferView.State.withdrawn),
                        version = \(event.version)
                    where id = \(OfferID(String(event.stream.key)))
                    """)
            }
        }
        try await connection.pipelineExecute(statements)
    }
}
