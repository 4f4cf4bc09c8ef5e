internal import Glibc

/// The settings of a program, read once from its environment and checked as a whole.
public struct Configuration: Sendable {
    /// The longest text that a `NAME_FILE` may hold, in bytes.
    public static let fileLimit = 65_536

    private let values: [String: any Sendable]

    /// Reads all `keys`. An empty variable counts as not set.
    ///
    /// - Throws: everything that is wrong, in one error.
    public init(
        environment: [String: String], keys: [AnyConfigurationKey]
    ) throws(ConfigurationError) {
        var values: [String: any Sendable] = [:]
        var faults: [String] = []
        for key in keys {
            do {
                values[key.name] = try Self.value(of: key, in: environment)
            } catch {
                faults.append(error.sentence)
            }
        }
        if !faults.isEmpty { throw ConfigurationError(faults: faults) }
        self.values = values
    }

    /// The value of a key, which must be among those that were read.
    public subscript<Value>(key: ConfigurationKey<Value>) -> Value {
        guard let box = values[key.name] as? ConfigurationBox<Value> else {
            preconditionFailure("\(key.name) is not among the keys of this configuration")
        }
        return box.value
    }

    private struct Fault: Error {
        let sentence: String
        init(_ sentence: String) { self.sentence = sentence }
    }

    private static func value(
        of key: AnyConfigurationKey, in environment: [String: String]
    ) throws(Fault) -> any Sendable {
        guard let text = try text(of: key, in: environment) else {
            if let box = key.defaultBox { return box }
            throw Fault("\(key.name) is not set. \(key.help)")
        }
        do {
            return try key.read(text)
        } catch {
            let shown = key.isSecret ? "has a wrong value" : "is \"\(text)\""
            throw Fault("\(key.name) \(shown): it must be \(error).")
        }
    }

    private static func text(
        of key: AnyConfigurationKey, in environment: [String: String]
    ) throws(Fault) -> String? {
        let text = environment[key.name].flatMap { $0.isEmpty ? nil : $0 }
        let fileName = key.name + "_FILE"
        guard let path = environment[fileName], !path.isEmpty else { return text }
        if text != nil {
            throw Fault("\(key.name) and \(fileName) are both set: set one of them.")
        }
        guard let contents = contents(of: path) else {
            throw Fault("\(fileName) is \"\(path)\": \(String(cString: strerror(errno))).")
        }
        guard contents.utf8.count <= fileLimit else {
            throw Fault("\(fileName) is \"\(path)\": the file is longer than \(fileLimit) bytes.")
        }
        let trimmed = contents.hasSuffix("\n") ? String(contents.dropLast()) : contents
        if trimmed.isEmpty { throw Fault("\(fileName) is \"\(path)\": the file is empty.") }
        return trimmed
    }

    /// The text of a small file, at most one byte over the limit; nil with `errno` set.
    private static func contents(of path: String) -> String? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        if file < 0 { return nil }
        defer { close(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4_096)
        while bytes.count <= fileLimit {
            let count = read(file, &chunk, chunk.count)
            if count < 0 { return nil }
            if count == 0 { break }
            bytes += chunk[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// Everything that is wrong with the settings.
public struct ConfigurationError: Error, Equatable, CustomStringConvertible {
    /// A sentence for each fault; none shows a secret.
    public let faults: [String]

    /// An error of these sentences, for settings that are wrong only together.
    public init(faults: [String]) { self.faults = faults }

    /// The sentences, one a line.
    public var description: String { faults.joined(separator: "\n") }
}
