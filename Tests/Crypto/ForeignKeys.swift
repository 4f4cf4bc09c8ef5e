/// Private keys that sign no token here, made for these tests only.
enum ForeignKeys {
    static let p256 = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgDe95myHpnIHkhgPy
        Hozz/XGI0P3rW81oEu9WxBH6G3+hRANCAAQVnxCziQtHBDHvFP86KUerhIc6+ECi
        YapzqyVEWPb021Uz8IT57PCktVMndfEVSZeZ8MPsQhGjhDkQwRR+Sx8e
        -----END PRIVATE KEY-----
        """

    /// Of Ed25519, encrypted with a password.
    static let encrypted = """
        -----BEGIN ENCRYPTED PRIVATE KEY-----
        MIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAjtVbbZRHN6egICCAAw
        DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEML/+00+iMH5yVrD7cDcC1cEQK7a
        ro2d+j4fmC2vgvMJa8ZWaPpKcVS9AnnnluZj6fslBPE/xaoN74YR+6QTimuoJlsh
        PGxe68uErfQ5eO9znxU=
        -----END ENCRYPTED PRIVATE KEY-----
        """
}
