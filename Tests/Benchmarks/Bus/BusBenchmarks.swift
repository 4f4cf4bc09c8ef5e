extension Benchmark {
    static var bus: [Benchmark] { [] }
}
