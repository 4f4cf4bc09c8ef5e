/// A set of field names, in any case, made once and asked often.
public struct FieldNames: Sendable {
    /// In lower case, those of one length one behind the other.
    private var bytes: [UInt8] = []
    /// Where the names of each length start in `bytes`, and where the last ones end.
    private var starts: [Int] = [0]

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
        let length = name.utf8.count
        while starts.count <= length + 1 { starts.append(bytes.count) }
        bytes.insert(contentsOf: name.utf8.map(FieldSyntax.lowercased), at: starts[length + 1])
        for longer in (length + 1)..<starts.count { starts[longer] += length }
    }

    /// Whether a name is one of them, in whatever case.
    public func contains(_ name: String) -> Bool {
        var name = name
        return name.withUTF8 { contains($0) }
    }

    func contains(_ name: UnsafeBufferPointer<UInt8>) -> Bool {
        let length = name.count
        guard length > 0, length + 1 < starts.count else { return false }
        return bytes.withUnsafeBufferPointer { bytes in
            var start = starts[length]
            while start < starts[length + 1] {
                if Self.isEqual(bytes.baseAddress! + start, name) { return true }
                start += length
            }
            return false
        }
    }

    private static func isEqual(
        _ known: UnsafePointer<UInt8>, _ name: UnsafeBufferPointer<UInt8>
    ) -> Bool {
        for index in 0..<name.count where known[index] != FieldSyntax.lowercased(name[index]) {
            return false
        }
        return true
    }
}
