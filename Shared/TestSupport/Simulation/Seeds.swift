internal import Foundation
public import Testing

/// Which seeds the suites run: a few thousand, or as many as SOUK_SEEDS says.
public enum Seeds {
    static let count = ProcessInfo.processInfo.environment["SOUK_SEEDS"].flatMap(UInt64.init)
    static let first =
        ProcessInfo.processInfo.environment["SOUK_SEED"].flatMap(UInt64.init) ?? 1

    /// Runs a world that must hold, and says how fast when people ask for many seeds.
    public static func hold<W: World>(
        _ world: W.Type, _ usual: UInt64 = 1_500, location: SourceLocation = #_sourceLocation
    ) {
        let start = ContinuousClock.now
        let seeds = first..<first + (count ?? usual)
        let finding = Simulation<W>.explore(seeds)
        #expect(finding == nil, "\(finding?.description ?? "")", sourceLocation: location)
        guard count != nil else { return }
        let seconds = start.duration(to: .now) / .seconds(1)
        print(
            "\(W.self): \(seeds.count) seeds, \(Int(Double(seeds.count) * 60 / seconds)) a minute")
    }

    /// Runs a world that is broken on purpose until that is noticed.
    public static func notice<W: World>(
        _ world: W.Type, _ flaw: W.Flaw, location: SourceLocation = #_sourceLocation
    ) {
        let isTold = ProcessInfo.processInfo.environment["SOUK_TELL"] != nil
        let finding = Simulation<W>.explore(1..<20_000, flaw, isTold: isTold)
        #expect(finding != nil, "nobody noticed \(flaw.rawValue)", sourceLocation: location)
        if isTold {
            print("\(W.self) \(flaw.rawValue): \(finding?.description ?? "")")
        }
    }
}
