/// One setting: its name in the environment, what it means, and how its text is read.
///
/// Every key can also be given by a file: `NAME_FILE` holds a path, and the file's text, without
/// its last line break, is the value. That is how secrets should come.
public struct ConfigurationKey<Value: Sendable>: Sendable {
    /// The name in the environment.
    public let name: String
    /// What holds when the environment is silent; nil when the setting is required.
    public let defaultValue: Value?
    /// One sentence for `--help`.
    public let help: String
    /// Whether the value must never be shown.
    public let isSecret: Bool
    let parse: @Sendable (String) throws -> Value
    let show: @Sendable (Value) -> String

    /// A key whose text `parse` reads. When the text is wrong, `parse` throws an
    /// `Expectation`, whose phrase ends up in the sentence that the operator reads.
    public init(
        _ name: String, default defaultValue: Value? = nil, help: String, isSecret: Bool = false,
        show: @escaping @Sendable (Value) -> String = { "\($0)" },
        parse: @escaping @Sendable (String) throws -> Value
    ) {
        self.name = name
        self.defaultValue = defaultValue
        self.help = help
        self.isSecret = isSecret
        self.show = show
        self.parse = parse
    }

    /// What the key makes of a text, for keys that are made of others.
    ///
    /// - Throws: `Expectation`.
    public func value(of text: String) throws -> Value { try parse(text) }

    /// The same key, not required: nil when the environment is silent.
    public func optional() -> ConfigurationKey<Value?> {
        let parse = self.parse
        let show = self.show
        return ConfigurationKey<Value?>(
            name, default: .some(nil), help: help, isSecret: isSecret,
            show: { $0.map(show) ?? "" }, parse: { try parse($0) })
    }

    /// The same key with another default.
    public func defaulting(to value: Value) -> ConfigurationKey<Value> {
        ConfigurationKey(
            name, default: value, help: help, isSecret: isSecret, show: show, parse: parse)
    }
}

/// What a setting's text should have been, as the end of the sentence "it must be …".
public struct Expectation: Error, CustomStringConvertible {
    /// The phrase, such as "a whole number from 1 to 65535".
    public let description: String

    /// An expectation in these words.
    public init(_ description: String) { self.description = description }
}

/// A key of any type, to list the keys of a program.
public struct AnyConfigurationKey: Sendable {
    /// The name in the environment.
    public let name: String
    /// One sentence for `--help`.
    public let help: String
    /// Whether the value must never be shown.
    public let isSecret: Bool
    /// Whether the program cannot start without it.
    public let isRequired: Bool
    /// The default in text; empty when there is none.
    public let defaultText: String
    let read: @Sendable (String) throws -> any Sendable
    let defaultBox: (any Sendable)?

    /// The key without its type.
    public init<Value>(_ key: ConfigurationKey<Value>) {
        name = key.name
        help = key.help
        isSecret = key.isSecret
        isRequired = key.defaultValue == nil
        defaultText = key.defaultValue.map(key.show) ?? ""
        let parse = key.parse
        read = { ConfigurationBox(try parse($0)) }
        defaultBox = key.defaultValue.map { ConfigurationBox($0) }
    }
}

/// Keeps a value's own type, optionals included, in a table of values of all types.
struct ConfigurationBox<Value: Sendable>: Sendable {
    let value: Value
    init(_ value: Value) { self.value = value }
}
