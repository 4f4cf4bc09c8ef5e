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
    public func get<T: SQLDecodable>(_ number: Int, as type: T.Type = T.self) throws -> T {
        guard result.layout.types.indices.contains(number) else {
            throw DatabaseError.decoding(column: "#\(number)", "is not in the result")
        }
        do {
            return try withExtendedLifetime(result) {
                try T.decode(result.value(row: index, column: Int32(number)))
            }
        } catch let error as SQLValueError {
            throw DatabaseError.decoding(column: result.layout.names[number], error.reason)
        }
    }

    /// The names of the columns in order.
    public var columns: [String] { result.layout.names }
}

/// The columns of a result; shared by all results of one prepared statement.
final class ColumnLayout: Sendable {
    let names: [String]
    let types: [SQLType]

    init(of result: OpaquePointer) {
        let columns = 0..<PQnfields(result)
        names = columns.map { String(cString: PQfname(result, $0)) }
        types = columns.map { SQLType(rawValue: PQftype(result, $0)) }
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
        let type = layout.types[Int(column)]
        let length = PQgetlength(handle, row, column)
        if length == 0 && PQgetisnull(handle, row, column) != 0 { return SQLValue(type, nil) }
        return SQLValue(
            type,
            UnsafeRawBufferPointer(start: PQgetvalue(handle, row, column), count: Int(length)))
    }
}
