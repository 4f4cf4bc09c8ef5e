/// A set of field names, in any case, made once and asked often.
public struct FieldNames: Sendable {
    /// By length, in lower case.
    private var names: [[[UInt8]]] = []

    public init(_ names: [String]) {
        for name in names { insert(name) }
    }

    /// These and others.
    public func union(_ others: [String]) -> FieldNames {
        var all = self
        for name in others { all.insert(name) }
        return all
    }

    private mutating func insert(_ name: String) {
        let bytes = name.utf8.map(FieldSyntax.lowercased)
        while names.count <= bytes.count { names.append([]) }
        names[bytes.count].append(bytes)
    }

    /// Whether a name is one of them, in whatever case.
    public func contains(_ name: String) -> Bool {
        var name = name
        return name.withUTF8 { contains($0) }
    }

    func contains(_ name: UnsafeBufferPointer<UInt8>) -> Bool {
        guard name.count < names.count else { return false }
        return names[name.count].contains { known in
            for index in 0..<known.count where known[index] != FieldSyntax.lowercased(name[index]) {
                return false
            }
            return true
        }
    }
}
