"""Makes the files beside this script with the real libraries. They are committed, so that no test needs Python.

Made with Python 3.11, PyTorch 1.13.0 and NumPy 1.24.2 (Debian 12: python3-torch, python3-numpy) and safetensors 0.8.0, one file a line below.
Run it as: python3 make_fixtures.py
"""

import collections
import pathlib

import numpy
import safetensors
import safetensors.numpy
import torch

here = pathlib.Path(__file__).parent


def t(name, value, **options):
    torch.save(value, here / name, **options)


torch.manual_seed(1)

# ---- PyTorch

dtypes = [torch.bool, torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64,
          torch.float16, torch.bfloat16, torch.float32, torch.float64]
t("dtypes.pt", {str(d)[6:]: torch.tensor([0, 1, 3]).to(d) for d in dtypes})

base = torch.arange(12.0).view(3, 4)
t("shared.pt", [base, base[1], base.t(), base[1:, 1::2], base[2:].expand(5, 4), torch.zeros(0, 3), torch.tensor(7)])

nested = {
    "none": None, "true": True, "false": False,
    "ints": [0, -1, 255, 65535, 2**31 - 1, -2**31, 2**31, -2**63, 2**63, -2**100],
    "floats": (1.5, float("inf"), -0.0),
    "text": "\u4e2d\U0001f600\n", "long": "x" * 300, "bytes": b"\x00\xff", "set": {3},
    "size": torch.Size([2, 3]), "device": torch.device("cuda", 1), "dtype": torch.bfloat16,
    "ordered": collections.OrderedDict([("b", 1), ("a", [[], (), {}])]),
    7: "number",
}
nested["same"] = nested["ints"]
t("nested.pt", nested)
t("nested4.pt", nested, pickle_protocol=4)

model = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2))
optimizer = torch.optim.Adam(model.parameters(), lr=0.25)
model(torch.ones(4, 3)).sum().backward()
optimizer.step()
t("module.pth", model.state_dict())
t("run.pt", {"epoch": 3, "model": model.state_dict(), "optimizer": optimizer.state_dict()})
t("parameter.pt", [torch.nn.Parameter(torch.ones(2)), torch.nn.Parameter(torch.ones(1), requires_grad=False),
                   torch.zeros(2, requires_grad=True)])

# What is refused.
t("refused-model.pt", torch.nn.Identity())
t("refused-old.pt", torch.ones(1), _use_new_zipfile_serialization=False)
t("refused-complex.pt", torch.ones(1, dtype=torch.complex64))
t("refused-numpy.pt", {"best": numpy.float64(0.5)})
torch.jit.script(torch.nn.Identity()).save(str(here / "refused-script.pt"))

# ---- NumPy

matrix = numpy.arange(6).reshape(2, 3)
for name in ["|b1", "|u1", "|i1", "<i2", "<i4", "<i8", "<f2", "<f4", "<f8", ">i2", ">i8", ">f2", ">f4", ">f8"]:
    plain = name.replace("|", "").replace("<", "").replace(">", "big-")
    numpy.save(here / f"{plain}.npy", matrix.astype(name))
numpy.save(here / "fortran.npy", numpy.asfortranarray(matrix.astype("<f4")))
numpy.save(here / "big-fortran.npy", numpy.asfortranarray(matrix.astype(">i4")))
numpy.save(here / "scalar.npy", numpy.float32(2.5))
numpy.save(here / "empty.npy", numpy.zeros((0, 3), "<f4"))
numpy.save(here / "vector.npy", numpy.arange(3, dtype="<i8"))
for version in [2, 3]:
    with open(here / f"version{version}.npy", "wb") as file:
        numpy.lib.format.write_array(file, matrix.astype("<f4"), (version, 0))

arrays = {"w": matrix.astype("<f4"), "layer.b": numpy.zeros(100, "<f8"), "t": matrix.T.astype("<i2"), "s": numpy.int64(3)}
numpy.savez(here / "stored.npz", **arrays)
numpy.savez_compressed(here / "deflated.npz", **arrays)
numpy.savez(here / "list.npz", numpy.ones(1, "<f4"), numpy.ones(2, "<f4"))

# What is refused.
numpy.save(here / "refused-object.npy", numpy.array([None]))
numpy.save(here / "refused-text.npy", numpy.array(["a"]))
numpy.save(here / "refused-complex.npy", numpy.ones(1, "<c8"))
numpy.save(here / "refused-unsigned.npy", numpy.ones(1, "<u4"))
numpy.save(here / "refused-records.npy", numpy.zeros(1, [("a", "<f4"), ("b", "<i4")]))

# ---- safetensors

names = {"bool": "|b1", "uint8": "|u1", "int8": "|i1", "int16": "<i2", "int32": "<i4", "int64": "<i8",
         "float16": "<f2", "float32": "<f4", "float64": "<f8"}
safetensors.numpy.save_file(
    {name: matrix.astype(code) for name, code in names.items()}
    | {"scalar": numpy.array(2.5, "<f4"), "empty": numpy.zeros((0, 3), "<f4")},
    here / "numpy.safetensors",
    {"format": "np", "made by": "safetensors"},
)
# NumPy has no bfloat16: its bytes.
bits = torch.arange(6.0).reshape(2, 3).bfloat16().view(torch.int16).numpy()
spec = safetensors.TensorSpec(dtype="bfloat16", shape=[2, 3], data_ptr=bits.ctypes.data, data_len=bits.nbytes)
safetensors.serialize_file({"x": spec}, here / "bfloat16.safetensors")
