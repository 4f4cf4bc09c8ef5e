internal import CPostgres
internal import Runtime

extension Connection {
    /// Runs a script of several statements separated by semicolons, without values, as one implicit
    /// transaction unless it has its own. For schema changes.
    public func simple(_ script: String) async throws {
        try await withDirect { turn in
            try await turn.send { handle in PQsendQuery(handle, script) == 1 }
            try await turn.drain()
        }
    }

    /// Reads a large result in batches of at most `rows` rows; no more is read from the server
    /// while `each` works. Other statements on this connection wait until the result is read or
    /// `each` has thrown.
    public func queryBatches(
        _ sql: SQL, rows limit: Int = 1_000, _ each: ([Row]) async throws -> Void
    ) async throws {
        if let refusal = Request([sql]).refusal { throw refusal }
        try await withDirect { turn in
            try await turn.send { handle in
                self.sendDirect(sql, handle) && PQsetSingleRowMode(handle) == 1
            }
            let reader = RowReader(statement: sql.text)
            while !reader.isDone {
                let rows = try await turn.wait { handle in try reader.read(limit, handle) }
                if !rows.isEmpty { try await each(rows) }
            }
        }
    }

    /// Has the connection out of pipeline mode for `body`, whatever comes of it.
    func withDirect<R>(_ body: (DirectTurn) async throws -> R) async throws -> R {
        let turn = DirectTurn(self)
        try await turn.start()
        do {
            let result = try await body(turn)
            await turn.end()
            return result
        } catch {
            await turn.abandon()
            await turn.end()
            throw error
        }
    }
}

/// Gathers single rows into batches.
private final class RowReader: @unchecked Sendable {
    // Safety of `@unchecked`: `read` runs on the loop, `isDone` is read between two of its calls.
    private(set) var isDone = false
    private let statement: String
    private var rows: [Row] = []
    private var layout: ColumnLayout?
    private var failure: DatabaseError?

    init(statement: String) { self.statement = statement }

    /// A batch; nil when the server has not sent enough yet.
    func read(_ limit: Int, _ handle: OpaquePointer) throws -> [Row]? {
        while rows.count < limit {
            if PQisBusy(handle) != 0 { return nil }
            guard let result = PQgetResult(handle) else {
                isDone = true
                if let failure { throw failure }
                break
            }
            take(result)
        }
        defer { rows = [] }
        return rows
    }

    private func take(_ result: OpaquePointer) {
        switch PQresultStatus(result) {
        case PGRES_SINGLE_TUPLE:
            let kept = QueryResult(owning: result, layout: layout)
            layout = kept.layout
            rows.append(Row(result: kept, index: 0))
        case PGRES_FATAL_ERROR, PGRES_BAD_RESPONSE:
            failure = failure ?? DatabaseError(result: result, statement: statement)
            PQclear(result)
        default: PQclear(result)
        }
    }
}
