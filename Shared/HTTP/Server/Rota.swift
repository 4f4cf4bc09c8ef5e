/// Objects that are looked at again and again: all of them at each turn while they are few, and an
/// eighth of them where there are many, so that no turn holds up what else goes on.
struct Rota<Member: AnyObject> {
    /// From so many on they take turns.
    static var many: Int { 512 }
    private static var shifts: Int { 8 }

    private var members = Array(repeating: [ObjectIdentifier: Member](), count: Self.shifts)
    private var shift = 0
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }
    /// All of them, in no order.
    var all: some Sequence<Member> { members.lazy.flatMap(\.values) }

    /// The one whose identifier this is.
    subscript(_ id: ObjectIdentifier) -> Member? { members[Self.shift(of: id)][id] }

    /// Adds one that is not there yet.
    mutating func insert(_ member: Member) {
        let id = ObjectIdentifier(member)
        members[Self.shift(of: id)][id] = member
        count += 1
    }

    /// - Returns: whether it was there.
    @discardableResult
    mutating func remove(_ member: Member) -> Bool {
        let id = ObjectIdentifier(member)
        guard members[Self.shift(of: id)].removeValue(forKey: id) != nil else { return false }
        count -= 1
        return true
    }

    /// Those whose turn it is.
    mutating func next() -> [Member] {
        if count < Self.many { return Array(all) }
        shift = (shift + 1) % Self.shifts
        return Array(members[shift].values)
    }

    /// By the hash: addresses of objects of one size may all be in a few shifts.
    private static func shift(of id: ObjectIdentifier) -> Int {
        Int(UInt(bitPattern: id.hashValue) % UInt(shifts))
    }
}
