/// One step of a schema, forward only. Once applied anywhere, neither its name nor its text
/// changes.
public struct Migration: Sendable, Hashable {
    /// Sorts into place and stays: `m0001_accounts`.
    public let name: String
    /// Statements of SQL, run in one transaction with the schema first on the search path.
    public let sql: String

    public init(name: String, sql: String) {
        self.name = name
        self.sql = sql
    }

    /// The same with the statements as a resource holds them, in UTF-8.
    public init(_ name: String, _ resource: [UInt8]) {
        self.init(name: name, sql: String(decoding: resource, as: UTF8.self))
    }
}
