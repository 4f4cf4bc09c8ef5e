internal import Crypto
internal import Database
internal import EventStore
internal import EventTypes
internal import HTTP
internal import JSON
internal import ServiceKit

/// What finance uploads.
enum StatementRoutes {
    /// The most bytes of a statement.
    static let bodyLimit = 4 << 20
    /// The most sales of a period that are looked for in a statement.
    static let expectedLimit = 20_000

    static func make(_ context: ServiceContext, _ importer: ImportStatement) -> RouteTable {
        let pool = context.pool
        var routes = RouteTable(tag: "statements")
        routes.raw(
            .post, "/api/v1/cashback/statements/{network}", "Reconcile a network's statement",
            id: "importStatement", access: .roles([.finance, .admin]),
            parameters: [
                .query("from", Timestamp.self, "The start of the statement's period."),
                .query("to", Timestamp.self, "The first instant after the statement's period."),
            ],
            consumes: ["text/csv"], produces: ["application/json"], idempotency: .optional,
            problems: [.statementUnreadable, .invalid], bodyLimit: bodyLimit,
            description: "A header row with the network's names of the fields, then a row for each "
                + "sale, at most \(StatementFile.rowLimit). Recorded as a whole or not at all; the "
                + "same file again finds every row matched. With a period, sales that the "
                + "statement lacks are listed as absent."
        ) { call in
            let network = try call.path("network", as: String.self)
            guard Network.isName(network) else { throw CashbackError.networkUnknown }
            let bytes = try await call.body.collect(upTo: bodyLimit)
            let file = try StatementFile(bytes)
            let committed = try await importer(
                file, of: network, expected: try await expected(call, network, pool),
                fingerprinted(call.command, bytes))
            var response = try HTTPResponse.json(committed.result)
            if committed.position > 0 {
                response.headers.set("Souk-Position", "\(committed.position)")
            }
            if committed.isRepeat { response.headers.set("Idempotency-Replayed", "true") }
            return response
        }
        return routes
    }

    /// The same key with another file is another request.
    private static func fingerprinted(
        _ command: CommandContext, _ bytes: [UInt8]
    ) -> CommandContext {
        guard let key = command.idempotency else { return command }
        var command = command
        command.idempotency = IdempotencyKey(
            scope: key.scope, key: key.key, fingerprint: Digest.sha256(key.fingerprint + bytes))
        return command
    }

    private static func expected(
        _ call: Call<HTTPBody>, _ network: String, _ pool: DatabasePool
    ) async throws -> Set<String> {
        let from = try call.query("from", as: Timestamp.self)
        let to = try call.query("to", as: Timestamp.self)
        guard let from, let to else {
            if from == nil, to == nil { return [] }
            throw Problem.queryFault(from == nil ? "from" : "to", "is missing")
        }
        guard from < to else { throw Problem.queryFault("to", "is not after `from`") }
        let rows = try await pool.query(
            """
            select action_id from conversions
            where network = \(network)::text and sold_at >= \(from) and sold_at < \(to)
            limit \(expectedLimit + 1)
            """, isReadOnly: true)
        guard rows.count <= expectedLimit else {
            throw Problem.queryFault("to", "makes the period too long: too many sales")
        }
        return Set(try rows.map { try $0.get(0) })
    }
}
