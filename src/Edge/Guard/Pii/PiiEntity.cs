namespace Edge.Guard.Pii;

/// <summary>What can be recognised. The name in configuration, errors and metrics is the constant in upper snake case (<c>EMAIL_ADDRESS</c>).</summary>
internal enum PiiEntity : byte
{
    EmailAddress, PhoneNumber, CreditCard, IbanCode, IpAddress, MacAddress, Url, UrlCredentials, Crypto, DateTime, DateOfBirth, MedicalLicense, StreetAddress, GeoCoordinates,
    UsSsn, UsItin, UsPassport, UsDriverLicense, UsBankNumber, AbaRoutingNumber, UsMbi, UsNpi,
    UkNhs, UkNino, UkPassport, UkDrivingLicence, UkPostcode, UkVehicleRegistration,
    AuAbn, AuAcn, AuMedicare, AuTfn, CaSin,
    DeBsnr, DeFuehrerschein, DeHandelsregister, DeHealthInsurance, DeIdCard, DeKfz, DeLanr, DePassport, DePlz, DeSocialSecurity, DeTaxId, DeTaxNumber, DeVatId,
    EsNie, EsNif, EsPassport, FiPersonalIdentityCode, ItDriverLicense, ItFiscalCode, ItPassport, ItVatCode, PlPesel, SeOrganisationsnummer, SePersonnummer,
    InAadhaar, InGstin, InPan, InPassport, InVehicleRegistration, InVoter,
    KrBrn, KrDriverLicense, KrFrn, KrPassport, KrRrn, NgNin, NgVehicleRegistration, PhTin, SgNricFin, SgUen, ThTnin, TrLicensePlate, TrNationalId, ZaIdNumber,
    FrNir, NlBsn, BrCpf, BrCnpj, ChAhv, BeNationalNumber,
    PrivateKey, JsonWebToken, ApiKey, Password, ConnectionString,
}
