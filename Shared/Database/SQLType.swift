/// A type of PostgreSQL by its object identifier, as `pg_type.dat` fixes them.
public struct SQLType: RawRepresentable, Hashable, Sendable {
    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Left to the server, which infers it from where the parameter stands.
    public static let inferred = SQLType(rawValue: 0)
    public static let bool = SQLType(rawValue: 16)
    public static let bytea = SQLType(rawValue: 17)
    public static let char = SQLType(rawValue: 18)
    public static let name = SQLType(rawValue: 19)
    public static let int8 = SQLType(rawValue: 20)
    public static let int2 = SQLType(rawValue: 21)
    public static let int4 = SQLType(rawValue: 23)
    public static let text = SQLType(rawValue: 25)
    public static let oid = SQLType(rawValue: 26)
    public static let json = SQLType(rawValue: 114)
    public static let float4 = SQLType(rawValue: 700)
    public static let float8 = SQLType(rawValue: 701)
    public static let bpchar = SQLType(rawValue: 1042)
    public static let varchar = SQLType(rawValue: 1043)
    public static let date = SQLType(rawValue: 1082)
    public static let timestamp = SQLType(rawValue: 1114)
    public static let timestamptz = SQLType(rawValue: 1184)
    public static let numeric = SQLType(rawValue: 1700)
    public static let void = SQLType(rawValue: 2278)
    public static let uuid = SQLType(rawValue: 2950)
    public static let jsonb = SQLType(rawValue: 3802)
    public static let boolArray = SQLType(rawValue: 1000)
    public static let byteaArray = SQLType(rawValue: 1001)
    public static let int2Array = SQLType(rawValue: 1005)
    public static let int4Array = SQLType(rawValue: 1007)
    public static let textArray = SQLType(rawValue: 1009)
    public static let int8Array = SQLType(rawValue: 1016)
    public static let float8Array = SQLType(rawValue: 1022)
    public static let timestamptzArray = SQLType(rawValue: 1185)
    public static let uuidArray = SQLType(rawValue: 2951)

    /// Whether the binary form is the text itself: text types, enumerations, domains over them.
    var isText: Bool {
        switch self {
        case .text, .varchar, .bpchar, .name, .char, .json: true
        // Types that extensions and `CREATE TYPE` make: enumerations and citext send their text.
        default: rawValue >= 10_000
        }
    }

    /// As SQL writes it, for the types that parameters are encoded with.
    var sqlName: String? {
        switch self {
        case .bool: "bool"
        case .bytea: "bytea"
        case .int8: "int8"
        case .int2: "int2"
        case .int4: "int4"
        case .float8: "float8"
        case .timestamptz: "timestamptz"
        case .uuid: "uuid"
        case .boolArray: "bool[]"
        case .byteaArray: "bytea[]"
        case .int2Array: "int2[]"
        case .int4Array: "int4[]"
        case .textArray: "text[]"
        case .int8Array: "int8[]"
        case .float8Array: "float8[]"
        case .timestamptzArray: "timestamptz[]"
        case .uuidArray: "uuid[]"
        default: nil
        }
    }
}
