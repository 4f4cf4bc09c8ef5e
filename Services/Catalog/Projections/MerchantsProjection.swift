internal import Database
internal import EventStore
internal import EventTypes

/// The shops.
struct MerchantsProjection: Projection {
    static let title = "merchants"
    let name = MerchantsProjection.title
    let tables = ["merchant"]
    let isPartitionable = true
    let definition = """
        create table merchant (
            id uuid primary key,
            name text not null,
            website text not null,
            version bigint not null
        );
        """

    func apply(_ events: [RecordedEvent], on connection: Connection) async throws {
        var statements: [SQL] = []
        for event in events where event.stream.category == Merchant.category {
            switch try event.decode(MerchantEvent.self) {
            case .registered(let fact):
                statements.append(
                    """
                    insert into merchant (id, name, website, version)
                    values (\(fact.merchantID), \(fact.name), \(fact.website), \(event.version))
                    """)
            case .renamed(let fact):
                statements.append(
                    """
                    update merchant set name = \(fact.name), version = \(event.version)
                    where id = \(MerchantID(String(event.stream.key)))
                    """)
            }
        }
        try await connection.pipelineExecute(statements)
    }
}
