import Runtime

@main struct Main {
    static func main() {
        Program.run { await torture(Program.arguments) }
    }

    /// - Returns: the exit status: 0 when everything holds, 1 when it does not, 64 when nothing
    ///   came of it.
    private static func torture(_ arguments: [String]) async -> Int32 {
        do {
            if arguments.contains("--help") {
                print(TortureOptions.help)
                return 0
            }
            let options = try TortureOptions(arguments)
            if options.showsPlan {
                let plan = FaultPlan(
                    seed: options.seed, minutes: options.minutes, isApache: options.isApache)
                for fault in plan.faults { print(fault.description) }
                return 0
            }
            return try await TortureRun(options: options).run() ? 0 : 1
        } catch {
            print("torture: \(error)")
            return 64
        }
    }
}
