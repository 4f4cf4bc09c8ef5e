internal import CPostgres

/// One row of a result. Cheap to copy; keeps the whole result it came with alive.
public struct Row: Sendable {
    let result: QueryResult
    let index: Int32

    /// The value of a column by its name.
    ///
    /// - Throws: `DatabaseError` with `.decoding` when there is no such column or its value does
    ///   not fit.
    public func get<T: SQLDecodable>(_ column: String, as type: T.Type = T.self) throws -> T {
        guard let number = result.layout.number(of: column) else {
            throw DatabaseError.decoding(column: column, "is not in the result")
        }
        return try get(number)
    }

    /// The value of a column by its place, from 0.
    @inlinable
    public func get<T: SQLDecodable>(_ number: Int, as type: T.Type = T.self) throws -> T {
        // Taken over by the caller's module, which knows the type: a log has many rows.
        let value = try value(number)
        defer { extendLifetime(self) }
        do {
            return try T.decode(value)
        } catch {
            throw described(error, column: number)
        }
    }

    /// Lends the bytes of `bytea`, or the UTF-8 of text, where they are; do not keep them.
    public func withBytes<R>(
        _ number: Int, _ body: (UnsafeRawBufferPointer) throws -> R
    ) throws -> R {
        let value = try value(number)
        defer { extendLifetime(self) }
        guard value.type == .bytea || value.type.isText, let bytes = value.bytes else {
            throw DatabaseError.decoding(
                column: result.layout.names[number], "is not text, or is NULL")
        }
        return try body(bytes)
    }

    /// Valid while the row lives.
    @usableFromInline
    func value(_ number: Int) throws -> SQLValue {
        guard number >= 0, number < Int(PQnfields(result.handle)) else {
            throw DatabaseError.decoding(column: "#\(number)", "is not in the result")
        }
        return result.value(row: index, column: Int32(number))
    }

    @usableFromInline
    func described(_ error: any Error, column number: Int) -> any Error {
        guard let error = error as? SQLValueError else { return error }
        return DatabaseError.decoding(column: result.layout.names[number], error.reason)
    }

    /// The names of the columns in order.
    public var columns: [String] { result.layout.names }

    /// Bytes of memory of the whole result that the row came with.
    public var resultBytes: Int { PQresultMemorySize(result.handle) }
}

/// The names of a result's columns; shared by all results of one prepared statement.
final class ColumnLayout: Sendable {
    let names: [String]

    init(of result: OpaquePointer) {
        names = (0..<PQnfields(result)).map { String(cString: PQfname(result, $0)) }
    }

    func number(of name: String) -> Int? {
        for index in names.indices where names[index] == name { return index }
        return nil
    }
}

/// One result of libpq's, freed with the last of its rows.
final class QueryResult: @unchecked Sendable {
    // Safety of `@unchecked`: libpq never changes a PGresult once it has handed it over, and
    // documents that it may then be read from any thread.
    let handle: OpaquePointer
    let layout: ColumnLayout

    /// Takes ownership of `handle`.
    init(owning handle: OpaquePointer, layout: ColumnLayout? = nil) {
        self.handle = handle
        self.layout = layout ?? ColumnLayout(of: handle)
    }

    deinit { PQclear(handle) }

    var count: Int { Int(PQntuples(handle)) }

    var rows: [Row] {
        let count = PQntuples(handle)
        if count == 0 { return [] }
        return (0..<count).map { Row(result: self, index: $0) }
    }

    /// The rows that an INSERT, UPDATE, DELETE, SELECT, COPY … touched.
    var affected: Int { Int(String(cString: PQcmdTuples(handle))) ?? 0 }

    /// The kind of command without its counts: `COMMIT`.
    var tag: String {
        String(cString: PQcmdStatus(handle)).split(separator: " ").first.map(String.init) ?? ""
    }

    func value(row: Int32, column: Int32) -> SQLValue {
        let type = SQLType(rawValue: PQftype(handle, column))
        let length = PQgetlength(handle, row, column)
        if length == 0 && PQgetisnull(handle, row, column) != 0 { return SQLValue(type, nil) }
        return SQLValue(
            type,
            UnsafeRawBufferPointer(start: PQgetvalue(handle, row, column), count: Int(length)))
    }
}
