internal import Database
internal import EventStore
internal import EventTypes
internal import JSON

/// The networks that may report sales, without anything secret.
struct NetworksProjection: Projection {
    let name = "networks"
    let tables = ["networks"]
    let isPartitionable = true
    let definition = """
        create table networks (
            network text primary key,
            mapping jsonb not null,
            secret_field text not null,
            signature_header text
        );
        """

    func apply(_ events: [RecordedEvent], on connection: Connection) async throws {
        var statements: [SQL] = []
        for event in events {
            guard let fact = try event.payload(NetworkConfigured.self) else { continue }
            statements.append(
                """
                insert into networks (network, mapping, secret_field, signature_header)
                values (\(fact.network), \(try JSON.text(fact.mapping)),
                    \(fact.secretField ?? "secret"), \(fact.signatureHeader))
                on conflict (network) do update set mapping = excluded.mapping,
                    secret_field = excluded.secret_field,
                    signature_header = excluded.signature_header
                """)
        }
        try await connection.pipelineExecute(statements)
    }
}
