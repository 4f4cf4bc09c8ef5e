internal import CPostgres

/// The keywords and values of a connection, as libpq reads them from a URI or keyword string.
struct ConnectionString: Sendable {
    private(set) var values: [(keyword: String, value: String)] = []

    /// - Throws: `DatabaseError` with `.unreachable`; the text itself is never quoted.
    init(_ text: String) throws {
        var message: UnsafeMutablePointer<CChar>?
        guard let options = PQconninfoParse(text, &message) else {
            PQfreemem(message)
            throw DatabaseError(
                .unreachable, "The URL of the database is not one that libpq understands.")
        }
        defer { PQconninfoFree(options) }
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val {
                values.append((String(cString: keyword), String(cString: value)))
            }
            option += 1
        }
    }

    subscript(keyword: String) -> String? {
        get { values.last { $0.keyword == keyword }?.value }
        set {
            values.removeAll { $0.keyword == keyword }
            if let newValue { values.append((keyword, newValue)) }
        }
    }

    mutating func setDefault(_ keyword: String, _ value: String) {
        if self[keyword] == nil { self[keyword] = value }
    }

    /// Everything as one keyword string.
    var text: String {
        values.map { keyword, value in
            var quoted = ""
            for character in value {
                if character == "'" || character == "\\" { quoted += "\\" }
                quoted.append(character)
            }
            return "\(keyword)='\(quoted)'"
        }.joined(separator: " ")
    }

    /// What a session of `configuration` starts with.
    init(_ configuration: DatabaseConfiguration) throws {
        try self.init(configuration.url)
        self["application_name"] = configuration.applicationName
        self["client_encoding"] = "UTF8"
        setDefault("gssencmode", "disable")
        setDefault("keepalives_idle", "30")
        setDefault("keepalives_interval", "10")
        setDefault("keepalives_count", "3")
        setDefault("tcp_user_timeout", "30000")
        var settings = [
            ("TimeZone", "UTC"), ("DateStyle", "ISO"), ("standard_conforming_strings", "on"),
            ("statement_timeout", configuration.statementTimeout.postgresMilliseconds),
            (
                "idle_in_transaction_session_timeout",
                configuration.idleInTransactionTimeout.postgresMilliseconds
            ),
        ]
        if let path = configuration.searchPath { settings.append(("search_path", path)) }
        let own = settings.map { "-c \($0.0)=\(Self.escaped($0.1))" }.joined(separator: " ")
        self["options"] = self["options"].map { "\($0) \(own)" } ?? own
    }

    /// The server splits `options` at spaces that no backslash escapes.
    private static func escaped(_ value: String) -> String {
        var text = ""
        for character in value {
            if character == " " || character == "\\" { text += "\\" }
            text.append(character)
        }
        return text
    }
}

extension Duration {
    /// For settings in milliseconds, where 0 means no limit; anything positive is at least 1.
    var postgresMilliseconds: String {
        let (seconds, attoseconds) = components
        let milliseconds = seconds * 1_000 + attoseconds / 1_000_000_000_000_000
        return String(self > .zero ? max(1, milliseconds) : 0)
    }
}

extension DatabaseConfiguration {
    /// The same server and credentials, another database.
    public func replacing(database name: String) throws -> DatabaseConfiguration {
        var parsed = try ConnectionString(url)
        parsed["dbname"] = name
        var copy = self
        copy.url = parsed.text
        return copy
    }
}
