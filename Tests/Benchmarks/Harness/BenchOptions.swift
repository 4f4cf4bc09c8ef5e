/// What the command line asks for.
struct BenchOptions: Sendable {
    var only: [String] = []
    var rounds = 3
    var isQuick = false
    var isCheck = false
    var jsonFile: String?
    /// Where the data of the run stands; gone afterwards.
    var directory = "/var/tmp"
    var wantsList = false
    var wantsHelp = false

    static let help = """
        bench: measures Souk beside its limits, on servers of its own that are gone afterwards.

          --only NAME,NAME   these benchmarks; a name's beginning will do, as in `append`
          --rounds N         how often each figure is taken, ours and the limit by turns (3)
          --quick            less data and shorter rounds: a look, not a result
          --json FILE        writes everything that was measured
          --check            fails when a figure misses Tests/Benchmarks/thresholds.json
          --directory DIR    where the data of the run stands, 12 GB at most (/var/tmp)
          --list             the benchmarks
        """

    /// - Throws: `BenchError` with a sentence.
    init(_ arguments: [String]) throws(BenchError) {
        var rest = arguments[...]
        func value(_ name: String) throws(BenchError) -> String {
            guard let value = rest.popFirst() else { throw BenchError("\(name) needs a value.") }
            return value
        }
        while let argument = rest.popFirst() {
            switch argument {
            case "--only": only = try value(argument).split(separator: ",").map(String.init)
            case "--rounds":
                guard let number = Int(try value(argument)), (1...50).contains(number) else {
                    throw BenchError("--rounds takes a number from 1 to 50.")
                }
                rounds = number
            case "--quick": isQuick = true
            case "--check": isCheck = true
            case "--json": jsonFile = try value(argument)
            case "--directory": directory = try value(argument)
            case "--list": wantsList = true
            case "--help", "-h": wantsHelp = true
            default: throw BenchError("there is no option \(argument); --help lists them.")
            }
        }
    }

    /// The benchmarks to run, in the order in which they stand.
    func chosen(from all: [Benchmark]) throws(BenchError) -> [Benchmark] {
        for name in only where !all.contains(where: { $0.name.hasPrefix(name) }) {
            throw BenchError("no benchmark begins with \(name); --list lists them.")
        }
        return only.isEmpty
            ? all : all.filter { one in only.contains { one.name.hasPrefix($0) } }
    }
}

/// Why something could not be measured: a sentence.
struct BenchError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
