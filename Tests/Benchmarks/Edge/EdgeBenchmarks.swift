extension Benchmark {
    static var edge: [Benchmark] { [] }
}
