extension Benchmark {
    static var platform: [Benchmark] { [] }
}
