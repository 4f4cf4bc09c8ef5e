/// The fields of a message's header: an ordered multimap whose names ignore case.
///
/// Names and values are held to RFC 9110 §5 when they are put in, so that nothing in here can break
/// out of its line: a field with CR, LF, NUL or another control in it, or with a name that is no
/// token, is not stored but named in `refused`. A server answers a response with a refused field
/// with 500, a client throws for such a request.
public struct HTTPHeaders: Sendable {
    struct Field {
        var start: UInt32
        var nameLength: UInt32
        var valueLength: UInt32

        /// Where the value starts: after the name, a colon and a space.
        var valueStart: Int { Int(start) + Int(nameLength) + 2 }
    }

    /// All fields as they go over the wire, each `name: value` and CR LF.
    private(set) var wire: [UInt8] = []
    private(set) var fields: [Field] = []

    /// The name of the first field that was refused for its characters; nil when all were stored.
    public private(set) var refused: String?

    public init() {}

    /// None yet, with room for a header of that size.
    init(reservingBytes bytes: Int, fields: Int) {
        wire.reserveCapacity(bytes)
        self.fields.reserveCapacity(fields)
    }

    /// Fields in the given order.
    public init(_ fields: [(String, String)]) {
        for (name, value) in fields { add(name, value) }
    }

    /// How many fields there are; repeated names count each time.
    public var count: Int { fields.count }
    public var isEmpty: Bool { fields.isEmpty }

    /// The value of the first field of that name; setting replaces all fields of that name, nil
    /// removes them.
    public subscript(name: String) -> String? {
        get { firstIndex(of: name).map(value(at:)) }
        set {
            if let newValue { set(name, newValue) } else { remove(name) }
        }
    }

    /// The values of all fields of that name, in order.
    public func all(_ name: String) -> [String] {
        fields.indices.filter { isName($0, name) }.map(value(at:))
    }

    /// Whether a field of that name is there.
    public func contains(_ name: String) -> Bool { firstIndex(of: name) != nil }

    /// The elements of all comma-separated lists of that name, trimmed (RFC 9110 §5.6.1).
    public func list(_ name: String) -> [String] {
        all(name).flatMap { FieldSyntax.list($0) }
    }

    /// Adds a field after the others.
    public mutating func add(_ name: String, _ value: String) {
        var name = name
        var value = value
        let isStored = name.withUTF8 { name in
            value.withUTF8 { value in append(checked: name, FieldSyntax.trimmed(value)) }
        }
        if !isStored, refused == nil {
            refused = String(name.unicodeScalars.filter { $0.isASCII && $0.value > 0x20 })
        }
    }

    /// Replaces all fields of that name by one.
    public mutating func set(_ name: String, _ value: String) {
        remove(name)
        add(name, value)
    }

    /// Adds a field unless there is one of that name.
    public mutating func setIfAbsent(_ name: String, _ value: String) {
        if !contains(name) { add(name, value) }
    }

    /// Removes all fields of that name.
    public mutating func remove(_ name: String) {
        guard contains(name) else { return }
        var kept = HTTPHeaders()
        kept.refused = refused
        kept.wire.reserveCapacity(wire.count)
        for index in fields.indices where !isName(index, name) { kept.copy(self, index) }
        self = kept
    }

    /// Adds every field of `other`, in order.
    public mutating func append(_ other: HTTPHeaders) {
        refused = refused ?? other.refused
        for index in other.fields.indices { copy(other, index) }
    }

    /// Adds those fields of `other` whose names are not there yet, in order.
    public mutating func appendMissing(_ other: HTTPHeaders) {
        refused = refused ?? other.refused
        let own = fields.count
        for index in other.fields.indices {
            let isThere = other.withName(at: index) { name in
                (0..<own).contains { at in withName(at: at) { FieldSyntax.isEqual($0, name) } }
            }
            if !isThere { copy(other, index) }
        }
    }

    /// Fields without those whose names are in `names`.
    public func removing(_ names: FieldNames) -> HTTPHeaders {
        guard let first = fields.indices.first(where: { withName(at: $0, names.contains) }) else {
            return self
        }
        // Whoever takes fields away puts others in their place.
        var kept = HTTPHeaders(reservingBytes: wire.count + 512, fields: fields.count + 8)
        kept.refused = refused
        for index in 0..<first { kept.copy(self, index) }
        for index in (first + 1)..<fields.count where !withName(at: index, names.contains) {
            kept.copy(self, index)
        }
        return kept
    }
}

extension HTTPHeaders {
    func name(at index: Int) -> String {
        let field = fields[index]
        let start = Int(field.start)
        return String(decoding: wire[start..<start + Int(field.nameLength)], as: UTF8.self)
    }

    func value(at index: Int) -> String {
        let field = fields[index]
        let start = field.valueStart
        return String(decoding: wire[start..<start + Int(field.valueLength)], as: UTF8.self)
    }

    /// The field as it goes over the wire.
    func line(at index: Int) -> ArraySlice<UInt8> {
        let field = fields[index]
        return wire[Int(field.start)..<field.valueStart + Int(field.valueLength) + 2]
    }

    func firstIndex(of name: String) -> Int? {
        fields.indices.first { isName($0, name) }
    }

    func isName(_ index: Int, _ name: String) -> Bool {
        let field = fields[index]
        guard Int(field.nameLength) == name.utf8.count else { return false }
        return wire.withUnsafeBufferPointer { wire in
            let own = UnsafeBufferPointer(
                rebasing: wire[Int(field.start)..<Int(field.start) + Int(field.nameLength)])
            var name = name
            return name.withUTF8 { FieldSyntax.isEqual(own, $0) }
        }
    }

    func withName<Result>(
        at index: Int, _ body: (UnsafeBufferPointer<UInt8>) -> Result
    ) -> Result {
        let field = fields[index]
        return wire.withUnsafeBufferPointer { wire in
            let start = Int(field.start)
            return body(UnsafeBufferPointer(rebasing: wire[start..<start + Int(field.nameLength)]))
        }
    }

    func withValue<Result>(
        at index: Int, _ body: (UnsafeBufferPointer<UInt8>) -> Result
    ) -> Result {
        let field = fields[index]
        return wire.withUnsafeBufferPointer { wire in
            let start = field.valueStart
            return body(
                UnsafeBufferPointer(rebasing: wire[start..<start + Int(field.valueLength)]))
        }
    }

    /// Stores a field of a parser, which has split it and trimmed the value; false when a character
    /// of it is not allowed.
    mutating func append(
        checked name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>
    ) -> Bool {
        guard FieldSyntax.isToken(name), value.allSatisfy(FieldSyntax.isValueByte) else {
            return false
        }
        fields.append(
            Field(
                start: UInt32(wire.count), nameLength: UInt32(name.count),
                valueLength: UInt32(value.count)))
        wire.append(contentsOf: name)
        wire.append(UInt8(ascii: ":"))
        wire.append(UInt8(ascii: " "))
        wire.append(contentsOf: value)
        wire.append(0x0D)
        wire.append(0x0A)
        return true
    }

    private mutating func copy(_ other: HTTPHeaders, _ index: Int) {
        var field = other.fields[index]
        let start = Int(field.start)
        let end = field.valueStart + Int(field.valueLength) + 2
        field.start = UInt32(wire.count)
        fields.append(field)
        wire.append(contentsOf: other.wire[start..<end])
    }
}

extension HTTPHeaders: Sequence {
    /// Goes through the fields in order, names in the case they came in.
    public struct Iterator: IteratorProtocol {
        let headers: HTTPHeaders
        var index = 0

        public mutating func next() -> (name: String, value: String)? {
            guard index < headers.count else { return nil }
            defer { index += 1 }
            return (headers.name(at: index), headers.value(at: index))
        }
    }

    public func makeIterator() -> Iterator { Iterator(headers: self) }
    public var underestimatedCount: Int { count }
}

extension HTTPHeaders: ExpressibleByDictionaryLiteral, Equatable, CustomStringConvertible {
    public init(dictionaryLiteral elements: (String, String)...) { self.init(elements) }

    /// The same fields in the same order, names compared without case.
    public static func == (left: Self, right: Self) -> Bool {
        left.count == right.count
            && left.fields.indices.allSatisfy {
                left.isName($0, right.name(at: $0)) && left.value(at: $0) == right.value(at: $0)
            }
    }

    /// Names only: values may be secret.
    public var description: String { map(\.name).joined(separator: ", ") }
}
