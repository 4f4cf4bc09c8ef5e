internal import CPostgres
internal import Runtime

extension Connection {
    /// Loads rows: `copyIn("t (a, b)") { copy in try await copy.row(1, "x") }`.
    ///
    /// Nothing is loaded when `write` throws. Writing waits while the server is behind.
    ///
    /// - Parameter target: the table and its columns, without values.
    /// - Returns: how many rows were loaded.
    @discardableResult
    public func copyIn(
        _ target: SQL, _ write: (CopyWriter) async throws -> Void
    ) async throws -> Int {
        guard target.parameters.entries.isEmpty else {
            throw DatabaseError(.invalidParameter, "COPY FROM binds no values.")
        }
        let command = "copy \(target.text) from stdin"
        return try await withDirect { turn in
            try await turn.send { handle in PQsendQuery(handle, command) == 1 }
            try await turn.waitForCopy(PGRES_COPY_IN, command)
            turn.closesOnCancel = true
            let writer = CopyWriter(turn)
            do {
                try await write(writer)
                try await writer.flush()
            } catch {
                // The server answers with an error that says so; ours is the one that matters.
                try? await turn.endCopy(refusing: "the writer gave up")
                _ = try? await turn.drain(discarding: true)
                throw error
            }
            try await turn.endCopy(refusing: nil)
            return try await turn.drain()
        }
    }

    /// Loads chunks of COPY's text format (tab, backslash escapes, newline), cut anywhere.
    @discardableResult
    public func copyIn<Chunks: AsyncSequence>(
        _ target: SQL, chunks: Chunks
    ) async throws -> Int where Chunks.Element == [UInt8] {
        try await copyIn(target) { writer in
            for try await chunk in chunks { try await writer.write(chunk) }
        }
    }

    /// Reads the result of a query in COPY's text format: `each` gets chunks of whole lines, and no
    /// more is read from the server while it works. Values that the query binds are written into
    /// its text as quoted literals, since COPY binds none.
    public func copyOut(_ query: SQL, _ each: ([UInt8]) async throws -> Void) async throws {
        let command = "copy (\(try query.withLiterals())) to stdout"
        try await withDirect { turn in
            try await turn.send { handle in PQsendQuery(handle, command) == 1 }
            try await turn.waitForCopy(PGRES_COPY_OUT, query.text)
            let reader = CopyReader()
            while !reader.isDone {
                let chunk = try await turn.wait { [self] handle in
                    try reader.read(handle) { lostError() }
                }
                if !chunk.isEmpty { try await each(chunk) }
            }
            try await turn.drain()
        }
    }
}

extension DirectTurn {
    /// Waits until the server has agreed to copy.
    fileprivate func waitForCopy(_ wanted: ExecStatusType, _ statement: String) async throws {
        try await wait { [connection] (handle) -> Void? in
            guard PQisBusy(handle) == 0 else { return nil }
            guard let result = PQgetResult(handle) else { throw connection.lostError() }
            defer { PQclear(result) }
            if PQresultStatus(result) == wanted { return () }
            throw DatabaseError(result: result, statement: statement)
        }
    }

    fileprivate func endCopy(refusing reason: String?) async throws {
        let progress = CopyProgress()
        try await wait(ignoringCancellation: true) { [connection] (handle) -> Void? in
            if !progress.isQueued {
                let queued = reason.map { PQputCopyEnd(handle, $0) } ?? PQputCopyEnd(handle, nil)
                guard try progress.take(queued, connection) else { return nil }
            }
            return try connection.flushedForCopy()
        }
    }

    fileprivate func put(_ chunk: [UInt8]) async throws {
        let progress = CopyProgress()
        try await wait { [connection] (handle) -> Void? in
            if !progress.isQueued {
                let queued = chunk.withUnsafeBytes {
                    PQputCopyData(
                        handle, $0.baseAddress?.assumingMemoryBound(to: CChar.self),
                        CInt($0.count))
                }
                guard try progress.take(queued, connection) else { return nil }
            }
            return try connection.flushedForCopy()
        }
    }
}

extension Connection {
    /// Void once the socket has taken everything; nil while it has not.
    fileprivate func flushedForCopy() throws -> Void? {
        guard flush() else { throw lostError() }
        return isInterestedInWriting ? nil : ()
    }
}

/// Whether a chunk is in libpq's buffer yet.
private final class CopyProgress: @unchecked Sendable {
    // Safety of `@unchecked`: touched on the loop only.
    var isQueued = false

    func take(_ answer: CInt, _ connection: Connection) throws -> Bool {
        if answer < 0 { throw connection.lostError() }
        isQueued = answer == 1
        if !isQueued { connection.isInterestedInWriting = true }
        return isQueued
    }
}

/// Gathers lines into chunks.
private final class CopyReader: @unchecked Sendable {
    // Safety of `@unchecked`: `read` runs on the loop, `isDone` is read between two of its calls.
    /// A chunk ends when it has grown beyond this.
    static let chunkBytes = 65_536

    private(set) var isDone = false

    /// A chunk, perhaps empty at the end; nil when nothing has come yet.
    func read(
        _ handle: OpaquePointer, _ lost: () -> DatabaseError
    ) throws -> [UInt8]? {
        var chunk: [UInt8] = []
        while chunk.count < Self.chunkBytes {
            var line: UnsafeMutablePointer<CChar>?
            let length = PQgetCopyData(handle, &line, 1)
            if length > 0, let line {
                chunk.append(contentsOf: UnsafeRawBufferPointer(start: line, count: Int(length)))
                PQfreemem(line)
                continue
            }
            if length == 0 { return chunk.isEmpty ? nil : chunk }
            if length == -1 {
                isDone = true
                return chunk
            }
            throw lost()
        }
        return chunk
    }
}

/// Writes the rows of one `copyIn`. One task at a time.
public final class CopyWriter {
    /// Rows are gathered until they exceed this.
    static let chunkBytes = 65_536

    private let turn: DirectTurn
    private var buffer: [UInt8] = []

    init(_ turn: DirectTurn) { self.turn = turn }

    /// Writes one row, the values in the order of the columns.
    public func row(_ values: (any SQLEncodable)...) async throws {
        var isFirst = true
        var encoder = SQLEncoder(SQLParameters())
        for value in values {
            if !isFirst { buffer.append(UInt8(ascii: "\t")) }
            isFirst = false
            encoder.parameters.removeAll()
            value.encode(to: &encoder)
            try encoder.parameters.appendCopyText(to: &buffer)
        }
        buffer.append(UInt8(ascii: "\n"))
        if buffer.count > Self.chunkBytes { try await flush() }
    }

    /// Writes bytes of COPY's text format.
    public func write(_ chunk: [UInt8]) async throws {
        try await flush()
        try await turn.put(chunk)
    }

    func flush() async throws {
        if buffer.isEmpty { return }
        let chunk = buffer
        buffer.removeAll(keepingCapacity: true)
        try await turn.put(chunk)
    }
}
